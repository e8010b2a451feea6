"""The REST service: thin handlers over the pipeline and the storage."""
