"""The API of destinations, routes and deliveries."""
