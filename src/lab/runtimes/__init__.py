"""The `Runtime` contract and its two implementations: containers and local processes."""
