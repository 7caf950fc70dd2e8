-- One round trip of one worker: what it tells, then what it gets. ARGV, in this order:
--   crawl id, worker, lease (ms), most deaths, requests wanted, start wanted (0 or 1), risky ids
--   rules   n, then n times: slot, concurrency, delayed, force (0: only when unknown)
--   pushes  n, then n times: slot ('' = this worker's own), priority, id, encoded request
--   sent    n, then n times: id, age (ms), delay before the next one (ms)
--   landed  n, then n ids
--   acks    n, then n times: id, pages, items
-- Returns {state, expired, start state, pending, leased, workers, duplicates, ms before the
-- next slot opens (-1: none waits), poisoned, slot, id + request, slot, id + request…}.
local at = 0
local function arg()
  at = at + 1
  return ARGV[at]
end
local function number() return tonumber(arg()) end

local crawl_id, worker = arg(), arg()
local lease, most, want, want_start, risky = number(), number(), number(), number(), arg()
local LEASES = P .. 'leases:' .. worker
load()
if crawl.id ~= crawl_id then return {'lost'} end

-- Who is alive.
local expired = call('ZSCORE', WORKERS, worker) and 0 or 1
call('ZADD', WORKERS, now, worker)
for _, dead in ipairs(call('ZRANGEBYSCORE', WORKERS, '-inf', now - lease, 'LIMIT', 0, 4)) do
  relieve(dead, {}, true, most)
  forget(dead)
end

for _ = 1, number() do
  local slot, cap, delayed, force = arg(), arg(), arg(), arg()
  call(force == '1' and 'HSET' or 'HSETNX', RULES, slot, cap .. ' ' .. delayed)
  rules[slot] = nil
  touch(slot)
end

local duplicates = 0
for _ = 1, number() do
  local slot, priority, id, payload = arg(), number(), arg(), arg()
  if crawl.state ~= 'running' or call('SADD', SEEN, id) == 0 then
    duplicates = duplicates + 1
  else
    crawl.seq, crawl.pushed, crawl.pending = crawl.seq + 1, crawl.pushed + 1, crawl.pending + 1
    local score = crawl.seq - priority * PRIORITY
    if slot == '' then
      call('HSET', LEASES, id, cmsgpack.pack({slot, score, payload}))
      crawl.leased, crawl.granted = crawl.leased + 1, crawl.granted + 1
    else
      call('ZADD', P .. 'queue:' .. slot, score, id .. payload)
      touch(slot)
    end
  end
end

for _ = 1, number() do
  local id, age, delay = arg(), number(), number()
  local owner = call('HGET', FLYING, id) or ''
  local slot = string.sub(owner, #worker + 2)
  if owner == worker .. '\n' .. slot then
    call('HSET', OPENS, slot, math.max(count(OPENS, slot), math.floor(now - age + delay)))
    if call('HGET', UNSENT, slot) == id then call('HDEL', UNSENT, slot) end
    touch(slot)
  end
end

for _ = 1, number() do landed(worker, arg()) end

for _ = 1, number() do
  local id, pages, items = arg(), number(), number()
  landed(worker, id)
  if call('HDEL', LEASES, id) == 1 then
    if id == START then
      crawl.start = 'done'
    else
      crawl.pending, crawl.leased = crawl.pending - 1, crawl.leased - 1
      crawl.done, crawl.pages = crawl.done + 1, crawl.pages + pages
      if pages == 0 then crawl.granted = crawl.granted - 1 end
      call('HDEL', FAILURES, id)
      if call('HGET', ALONE, worker) == id then call('HDEL', ALONE, worker) end
    end
    crawl.items = crawl.items + items
  end
end
offer_touched()

local claims, ids = {}, {}
local function take(slot, member, score)
  local id = string.sub(member, 1, ID)
  call('HSET', LEASES, id, cmsgpack.pack({slot, score, string.sub(member, ID + 1)}))
  call('HSET', FLYING, id, worker .. '\n' .. slot)
  bump(slot, 1)
  bump(worker .. '\n' .. slot, 1)
  if rule(slot).delayed then call('HSET', UNSENT, slot, id) end
  crawl.leased, crawl.granted = crawl.leased + 1, crawl.granted + 1
  ids[#ids + 1] = id
  claims[#claims + 1] = slot
  claims[#claims + 1] = member
end

-- A slot is shared between the workers that want more than they get: 16 requests at a time from
-- one host and 2 idle workers make 8 each, else the first one would keep all the places.
local function claim(wanted)
  local rivals = call('ZCARD', HUNGRY) - (call('ZSCORE', HUNGRY, worker) and 1 or 0)
  for _, slot in ipairs(call('ZRANGEBYSCORE', READY, '-inf', now, 'LIMIT', 0, wanted)) do
    local left = wanted - #ids
    if left <= 0 then return end
    local its = rule(slot)
    local share = math.ceil(its.cap / (1 + rivals)) - count(ACTIVE, worker .. '\n' .. slot)
    local room = math.min(left, its.cap - count(ACTIVE, slot), share)
    if its.delayed then room = math.min(room, 1) end
    if room > 0 then
      local popped = call('ZPOPMIN', P .. 'queue:' .. slot, room)
      for i = 1, #popped, 2 do take(slot, popped[i], tonumber(popped[i + 1])) end
    end
    offer(slot, true)
  end
end

-- A request that was there when a worker died twice is fetched alone, once the rest is done: if
-- the worker dies again, there is no doubt which one did it.
local function claim_suspect()
  for _, packed in ipairs(call('ZRANGE', SUSPECTS, 0, 7)) do
    local one = cmsgpack.unpack(packed)
    local slot = one[1]
    local its = rule(slot)
    local open = not its.delayed
      or (count(OPENS, slot) <= now and call('HEXISTS', UNSENT, slot) == 0)
    if open and count(ACTIVE, slot) < its.cap then
      call('ZREM', SUSPECTS, packed)
      take(slot, one[3], one[2])
      call('HSET', ALONE, worker, ids[1])
      return
    end
  end
end

if crawl.state == 'running' then
  if want_start == 1 and crawl.start == 'waiting' then
    crawl.start = worker
    call('HSET', LEASES, START, '')
  end
  local wanted = want
  if crawl.limit > 0 then wanted = math.min(wanted, crawl.limit - crawl.granted) end
  if wanted > 0 and call('HEXISTS', ALONE, worker) == 0 then
    local holds = call('HLEN', LEASES)
    claim(wanted)
    if #ids == 0 and holds == 0 then claim_suspect() end
  end
  call(want > 0 and #ids < want and 'ZADD' or 'ZREM', HUNGRY,
       unpack(want > 0 and #ids < want and {now, worker} or {worker}))
  call('SET', P .. 'risky:' .. worker, risky .. table.concat(ids))
end
finish_if_done()
save()

local wait = -1
local first = call('ZRANGE', READY, 0, 0, 'WITHSCORES')
if first[2] then wait = math.max(0, tonumber(first[2]) - now) end
local reply = {crawl.state, expired, crawl.start, crawl.pending, crawl.leased,
               call('ZCARD', WORKERS), duplicates, wait, crawl.poisoned}
for _, value in ipairs(claims) do reply[#reply + 1] = value end
return reply
