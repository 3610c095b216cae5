"""Hand-written stand-ins for the storage account, as strict as the real one."""
