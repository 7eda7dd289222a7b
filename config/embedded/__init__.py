"""The database engine used when no DATABASE_URL is given: a PostgreSQL of our own, started when first needed."""
