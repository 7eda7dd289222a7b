"""The database engine without DATABASE_URL: a PostgreSQL of our own, started when first needed."""
