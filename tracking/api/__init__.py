"""Partner API and public read: views, types of answers, authentication, limits, and the OpenAPI document."""
