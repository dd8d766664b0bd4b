-- What a host could really give its VMs together now: others may use its memory too. The worker says it with each beat;
-- null when it can't know.
ALTER TABLE hosts ADD COLUMN backed_mib integer CHECK (backed_mib >= 0);
