"""OData v4 over plain dict rows, shared by both sandbox servers: query options, $filter, keys, ETags, multipart $batch."""
