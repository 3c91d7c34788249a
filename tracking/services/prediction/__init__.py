"""What feeds prediction and what time alone makes true: learning from finished legs, watching promises."""
