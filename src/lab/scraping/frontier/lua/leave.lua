-- Give back leases. ARGV: crawl id, worker, most deaths, failed (1: the worker died), go (1: it
-- is gone), how many ids it keeps, those ids.
-- Returns {state, leases given back, workers left}.
local worker, most = ARGV[2], tonumber(ARGV[3])
load()
if crawl.id ~= ARGV[1] then return {'lost', 0, 0} end
local keep = {}
for i = 1, tonumber(ARGV[6]) do keep[ARGV[6 + i]] = true end
local given = relieve(worker, keep, ARGV[4] == '1', most)
if ARGV[5] == '1' then forget(worker) end
finish_if_done()
save()
return {crawl.state, given, call('ZCARD', WORKERS)}
