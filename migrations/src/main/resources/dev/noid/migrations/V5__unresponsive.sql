-- Since when the guest of a VM that runs has not answered its worker; null while it answers.
ALTER TABLE vms ADD COLUMN unresponsive_since timestamptz;
GRANT UPDATE (unresponsive_since) ON vms TO noid_worker;
