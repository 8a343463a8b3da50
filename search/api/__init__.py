"""The API's manners (errors, pages, queries), shared by all its parts, and the endpoints for stored records."""
