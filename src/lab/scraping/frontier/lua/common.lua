-- What every script of the frontier starts with. KEYS[1] is the prefix of one crawl's keys.
--
-- crawl    hash   id, state (running, finished), start (waiting, <worker>, done), pending
--                 (requests queued or leased), leased, pushed, done, pages, items, poisoned,
--                 granted and limit (page budget), seq, started, finished (ms)
-- seen     set    16-byte ids ever pushed: the duplicate filter
-- queue:S  zset   16-byte id + encoded request, by priority then age: what waits for slot S
-- ready    zset   slots that may be claimed from, by the time (ms) they open
-- rules    hash   slot -> "<concurrency> <delayed 0 or 1>"
-- opens    hash   slot -> time (ms) before which nothing may be sent (delays)
-- unsent   hash   slot with a delay -> id that was claimed and has not been sent yet
-- active   hash   slot -> requests being downloaded; "<worker>\n<slot>" -> by this worker
-- flying   hash   id being downloaded -> "<worker>\n<slot>"
-- leases:W hash   id -> packed {slot, score, encoded request}: what worker W must finish
-- risky:W  string ids that W may be working on: the suspects if it dies
-- workers  zset   worker -> last sign of life (ms); hungry: those that wanted more
-- failures hash   id -> workers that died with it; suspects zset: fetched alone from now on
-- alone    hash   worker -> the suspect it holds, and nothing else
-- poison   hash   id -> packed {reason, encoded request}: set aside for good

local P = KEYS[1]
local CRAWL, SEEN, READY, RULES = P .. 'crawl', P .. 'seen', P .. 'ready', P .. 'rules'
local OPENS, UNSENT, ACTIVE, FLYING = P .. 'opens', P .. 'unsent', P .. 'active', P .. 'flying'
local WORKERS, HUNGRY, ALONE = P .. 'workers', P .. 'hungry', P .. 'alone'
local FAILURES, SUSPECTS, POISON = P .. 'failures', P .. 'suspects', P .. 'poison'
local START = '@start'
local ID = 16                  -- bytes of an id
local PRIORITY = 10000000000   -- one step of priority, in steps of age

local call = redis.call
local clock = call('TIME')     -- Redis's own clock: the workers' may disagree
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- The numbers of the crawl are read once, changed here, and written once by `save`.
local NUMBERS = {'pending', 'leased', 'pushed', 'done', 'pages', 'items', 'poisoned',
                 'granted', 'limit', 'seq'}
local crawl = {}
local function load()
  local values = call('HMGET', CRAWL, 'id', 'state', 'start', unpack(NUMBERS))
  crawl.id, crawl.state, crawl.start = values[1], values[2], values[3]
  for i, name in ipairs(NUMBERS) do crawl[name] = tonumber(values[i + 3] or 0) end
end
local function save()
  local pairs_ = {'state', crawl.state, 'start', crawl.start}
  for _, name in ipairs(NUMBERS) do
    pairs_[#pairs_ + 1] = name
    pairs_[#pairs_ + 1] = string.format('%.0f', crawl[name])
  end
  call('HSET', CRAWL, unpack(pairs_))
end

local rules = {}               -- of this run, so that a slot is read once
local function rule(slot)
  if not rules[slot] then
    local cap, delayed = string.match(call('HGET', RULES, slot) or '1 0', '(%d+) (%d)')
    rules[slot] = {cap = tonumber(cap), delayed = delayed == '1'}
  end
  return rules[slot]
end

local function count(hash, field) return tonumber(call('HGET', hash, field) or 0) end

local function bump(field, by)
  if call('HINCRBY', ACTIVE, field, by) <= 0 then call('HDEL', ACTIVE, field) end
end

-- Put a slot among those that may be claimed from, or take it out. `again`: it was just served,
-- so it goes behind the others that are open.
local function offer(slot, again)
  local its = rule(slot)
  if call('EXISTS', P .. 'queue:' .. slot) == 0 or count(ACTIVE, slot) >= its.cap
    or (its.delayed and call('HEXISTS', UNSENT, slot) == 1) then
    call('ZREM', READY, slot)
    return
  end
  local opens = its.delayed and count(OPENS, slot) or 0
  if again or its.delayed then
    call('ZADD', READY, math.max(opens, now), slot)
  else
    call('ZADD', READY, 'NX', now, slot)
  end
end

local touched, order = {}, {}
local function touch(slot)
  if not touched[slot] then
    touched[slot] = true
    order[#order + 1] = slot
  end
end
local function offer_touched()
  for _, slot in ipairs(order) do offer(slot, false) end
  touched, order = {}, {}
end

-- The request is no longer in this worker's downloader: its place in the slot is free.
local function landed(worker, id)
  local owner = call('HGET', FLYING, id)
  if not owner then return end
  local cut = string.find(owner, '\n', 1, true)
  if string.sub(owner, 1, cut - 1) ~= worker then return end
  local slot = string.sub(owner, cut + 1)
  call('HDEL', FLYING, id)
  bump(slot, -1)
  bump(owner, -1)
  if call('HGET', UNSENT, slot) == id then call('HDEL', UNSENT, slot) end
  touch(slot)
end

local function set_aside(id, payload, reason)
  call('HSET', POISON, id, cmsgpack.pack({reason, payload}))
  call('HDEL', FAILURES, id)
  crawl.pending = crawl.pending - 1
  crawl.poisoned = crawl.poisoned + 1
end

-- A lease ends without its page being done. `failed`: its worker died with it.
local function give_back(worker, id, packed, failed, most)
  landed(worker, id)
  call('HDEL', P .. 'leases:' .. worker, id)
  if id == START then
    crawl.start = 'waiting'
    return
  end
  crawl.leased = crawl.leased - 1
  crawl.granted = crawl.granted - 1
  local lease = cmsgpack.unpack(packed)
  local slot, score, payload = lease[1], lease[2], lease[3]
  local times = failed and call('HINCRBY', FAILURES, id, 1) or count(FAILURES, id)
  if slot == '' then
    set_aside(id, payload, 'local')
  elseif times >= most then
    set_aside(id, payload, 'deaths ' .. times)
  elseif times >= 2 then
    call('ZADD', SUSPECTS, times, cmsgpack.pack({slot, score, id .. payload}))
  else
    call('ZADD', P .. 'queue:' .. slot, score, id .. payload)
    touch(slot)
  end
end

-- Give back what a worker holds, but for `keep` (a set of ids).
local function relieve(worker, keep, failed, most)
  local key, risky = P .. 'leases:' .. worker, {}
  if failed then
    local text = call('GET', P .. 'risky:' .. worker) or ''
    for i = 1, #text, ID do risky[string.sub(text, i, i + ID - 1)] = true end
  end
  local held = call('HGETALL', key)
  local given = 0
  for i = 1, #held, 2 do
    if not keep[held[i]] then
      give_back(worker, held[i], held[i + 1], failed and risky[held[i]], most)
      given = given + 1
    end
  end
  local alone = call('HGET', ALONE, worker)
  if alone and not keep[alone] then call('HDEL', ALONE, worker) end
  offer_touched()
  return given
end

local function forget(worker)
  call('DEL', P .. 'leases:' .. worker, P .. 'risky:' .. worker)
  call('ZREM', WORKERS, worker)
  call('ZREM', HUNGRY, worker)
  call('HDEL', ALONE, worker)
end

local function drop_queues()
  for _, slot in ipairs(call('HKEYS', RULES)) do call('UNLINK', P .. 'queue:' .. slot) end
  call('UNLINK', SEEN, READY, RULES, OPENS, UNSENT, ACTIVE, FLYING, FAILURES, SUSPECTS, ALONE)
end

-- The end: nothing queued, nothing leased, or as many pages as were asked for.
local function finish_if_done()
  if crawl.state ~= 'running' then return end
  local full = crawl.limit > 0 and crawl.pages >= crawl.limit
  if full or (crawl.pending <= 0 and crawl.start == 'done') then
    crawl.state = 'finished'
    call('HSET', CRAWL, 'finished', now, 'reason', full and 'pages' or 'empty')
    drop_queues()
  end
end
