-- Enter a crawl, or create it. ARGV: worker ('' only looks), wanted id ('' any), id of a new
-- crawl, grace (ms), page limit, fresh (1: forget an unfinished crawl).
-- Returns {outcome, id, state}: 'new', 'joined', 'late' (it has just ended) or 'other'.
local worker, wanted, fresh_id = ARGV[1], ARGV[2], ARGV[3]
local grace, limit, fresh = tonumber(ARGV[4]), ARGV[5], ARGV[6] == '1'
load()
local outcome = 'joined'
if wanted ~= '' then
  if crawl.id ~= wanted then return {'other', crawl.id or '', crawl.state or ''} end
  if crawl.state ~= 'running' then outcome = 'late' end
else
  local old = not crawl.id
  if crawl.id and crawl.state ~= 'running' then
    old = now - tonumber(call('HGET', CRAWL, 'finished') or 0) >= grace
    if not old then outcome = 'late' end
  end
  if old or (fresh and crawl.state == 'running') then
    for _, one in ipairs(call('ZRANGE', WORKERS, 0, -1)) do forget(one) end
    drop_queues()
    call('UNLINK', CRAWL, POISON)
    call('HSET', CRAWL, 'id', fresh_id, 'started', now, 'limit', limit)
    load()
    crawl.state, crawl.start, outcome = 'running', 'waiting', 'new'
    save()
  end
end
if worker ~= '' then call('ZADD', WORKERS, now, worker) end
return {outcome, crawl.id, crawl.state}
