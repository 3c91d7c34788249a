"""Scale beyond one machine: limits of the services, arithmetic of a growing load, and simulations."""
