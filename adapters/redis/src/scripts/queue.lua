-- The queue. KEYS: its base (all other keys of ours begin with it and lie beside it), and Celery's four lists of it, most
-- urgent first. ARGV: a verb, and what it needs. Messages are strings that only their reader understands; of one that
-- somebody else pushed, id, eta and priority are read here.
local base, verb = KEYS[1], ARGV[1]
local LEASED, DEAD, PRIORITIES = base .. ':leased', base .. ':dead', base .. ':priorities'
local function job_of(key) return base .. ':job:' .. key end
local function waiting(priority) return base .. ':waiting:' .. priority end

local function wait(key, priority, run_at)
  redis.call('ZADD', waiting(priority), run_at, key)
  redis.call('ZADD', PRIORITIES, priority, priority)
end

local function leave(key, priority)
  redis.call('ZREM', LEASED, key)
  redis.call('ZREM', waiting(priority), key)
  if redis.call('EXISTS', waiting(priority)) == 0 then redis.call('ZREM', PRIORITIES, priority) end
end

-- The priority of a job, if this is the fence of its newest take.
local function held(key, fence)
  local now, priority = unpack(redis.call('HMGET', job_of(key), 'fence', 'priority'))
  return now == fence and fence ~= '0' and priority
end

-- Three of each: publish (channel, text), result (key, text), send (list, text).
local function effects(place)
  for at = place, #ARGV, 3 do
    local what, where, text = unpack(ARGV, at, at + 2)
    if what == 'result' then redis.call('SETEX', where, 86400, text) end
    redis.call(what == 'send' and 'LPUSH' or 'PUBLISH', where, text)
  end
end

-- Milliseconds since 1970 of 2026-11-23T21:47:21.933516+00:00; without an offset it is UTC. None: nothing.
local function moment(text)
  if type(text) ~= 'string' then return end
  local y, m, d, hour, minute, second, rest = text:match('^(%d%d%d%d)-(%d%d)-(%d%d)[T ](%d%d):(%d%d):(%d%d)(.*)$')
  if not y then return end
  y, m = tonumber(y), tonumber(m)
  -- Days by the civil calendar; a year begins in March here.
  if m <= 2 then y = y - 1 end
  local era = math.floor(y / 400)
  local of_era = y - era * 400
  local of_year = math.floor((153 * ((m + 9) % 12) + 2) / 5) + tonumber(d) - 1
  local days = era * 146097 + of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100) + of_year - 719468
  local seconds = days * 86400 + tonumber(hour) * 3600 + tonumber(minute) * 60 + tonumber(second)
  local sign, off_hour, off_minute = rest:match('([+-])(%d%d):?(%d%d)$')
  if sign then seconds = seconds - tonumber(sign .. '1') * (tonumber(off_hour) * 3600 + tonumber(off_minute) * 60) end
  return seconds * 1000 + math.floor((tonumber('0' .. (rest:match('^%.%d+') or '')) or 0) * 1000)
end

local function text_of(number) return string.format('%.0f', number) end

-- Nobody can run it. It is set aside, where an operator sees it.
local function set_aside(message, now)
  local key = 'unreadable-' .. redis.sha1hex(message)
  redis.call('HSET', job_of(key), 'message', message, 'run_at', text_of(now), 'priority', 255, 'attempt', 0, 'fence', 0,
    'foreign', 1, 'error', 'not a Celery message', 'died_at', text_of(now))
  redis.call('ZADD', DEAD, 0, key)
end

local function sort_one(message, now)
  local read = cjson.decode(message)
  local key = read.headers.id
  if type(key) ~= 'string' or key == '' or #key > 1000 then error('no id') end
  local job = job_of(key)
  local mark, priority, run_at = unpack(redis.call('HMGET', job, 'mark', 'priority', 'run_at'))
  if mark and mark == redis.sha1hex(message) then
    redis.call('HDEL', job, 'mark')
    redis.call('HSET', job, 'message', message)
    wait(key, priority, run_at)
  elseif not priority then
    local theirs = tonumber(read.properties.priority) or 0
    if theirs ~= theirs then theirs = 0 end
    -- In the middle of what is quick: 64 to 73.
    priority = 64 + math.max(0, math.min(9, math.floor(theirs)))
    run_at = text_of(moment(read.headers.eta) or now)
    redis.call('HSET', job, 'message', message, 'run_at', run_at, 'priority', priority, 'attempt', 0, 'fence', 0, 'foreign', 1)
    wait(key, priority, run_at)
  end
  -- Else its key is known: it is there once.
end

-- From Celery's lists to where jobs wait: each message once, so many at a time.
local function sort_in(now)
  local left = 10000
  for list = 2, #KEYS do
    while left > 0 do
      local messages = redis.call('RPOP', KEYS[list], math.min(left, 500))
      if not messages then break end
      left = left - #messages
      for _, message in ipairs(messages) do
        -- Nothing that somebody sends may take the others along.
        if not pcall(sort_one, message, now) then set_aside(message, now) end
      end
    end
  end
end

local function time()
  local now = redis.call('TIME')
  return tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
end

local verbs = {}

-- Five of each job: key, run_at, priority, the place of its list, message. A key that is known stays what it is.
function verbs.push()
  for at = 2, #ARGV, 5 do
    local key, run_at, priority, list, message = unpack(ARGV, at, at + 4)
    if redis.call('EXISTS', job_of(key)) == 0 then
      redis.call('HSET', job_of(key), 'mark', redis.sha1hex(message), 'run_at', run_at, 'priority', priority, 'attempt', 0, 'fence', 0)
      redis.call('LPUSH', KEYS[tonumber(list)], message)
    end
  end
end

-- Lane from, lane to, limit, now, until when.
function verbs.take()
  local limit, now, ends = tonumber(ARGV[4]), ARGV[5], ARGV[6]
  -- What came without a time is due, whatever our clocks say.
  sort_in(math.min(time(), tonumber(now)))
  -- Whose lease ended waits again. Its fence stays: late, but if nobody else took it, it counts.
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', LEASED, '-inf', now)) do
    local priority, run_at = unpack(redis.call('HMGET', job_of(key), 'priority', 'run_at'))
    redis.call('ZREM', LEASED, key)
    if priority then wait(key, priority, run_at) end
  end
  local taken = {}
  for _, priority in ipairs(redis.call('ZRANGEBYSCORE', PRIORITIES, ARGV[2], ARGV[3])) do
    if #taken >= limit then break end
    local due = redis.call('ZRANGEBYSCORE', waiting(priority), '-inf', now, 'LIMIT', 0, limit - #taken)
    for _, key in ipairs(due) do
      local job = job_of(key)
      local message, run_at, foreign = unpack(redis.call('HMGET', job, 'message', 'run_at', 'foreign'))
      leave(key, priority)
      if message then
        local fence = redis.call('INCR', base .. ':fence')
        local attempt = redis.call('HINCRBY', job, 'attempt', 1)
        redis.call('HSET', job, 'fence', fence)
        redis.call('ZADD', LEASED, ends, key)
        taken[#taken + 1] = {key, run_at, priority, message, foreign and 1 or 0, attempt, fence}
      end
    end
  end
  return taken
end

-- Key, fence; effects.
function verbs.done()
  local priority = held(ARGV[2], ARGV[3])
  if not priority then return 0 end
  leave(ARGV[2], priority)
  redis.call('DEL', job_of(ARGV[2]))
  effects(4)
  return 1
end

-- Key, fence, run_at, error; effects.
function verbs.retry()
  local key, priority = ARGV[2], held(ARGV[2], ARGV[3])
  if not priority then return 0 end
  leave(key, priority)
  redis.call('HSET', job_of(key), 'run_at', ARGV[4], 'error', ARGV[5], 'fence', 0)
  wait(key, priority, ARGV[4])
  effects(6)
  return 1
end

-- Key, fence, now, error; effects.
function verbs.bury()
  local key, priority = ARGV[2], held(ARGV[2], ARGV[3])
  if not priority then return 0 end
  leave(key, priority)
  redis.call('HSET', job_of(key), 'died_at', ARGV[4], 'error', ARGV[5], 'fence', 0)
  redis.call('ZADD', DEAD, 0, key)
  effects(6)
  return 1
end

-- Key, fence, until when.
function verbs.extend()
  local key, priority = ARGV[2], held(ARGV[2], ARGV[3])
  if not priority then return 0 end
  leave(key, priority)
  redis.call('ZADD', LEASED, ARGV[4], key)
  return 1
end

-- Now. Ready, delayed, leased, dead.
function verbs.depth()
  local now = ARGV[2]
  sort_in(math.min(time(), tonumber(now)))
  local ready, delayed = redis.call('ZCOUNT', LEASED, '-inf', now), 0
  local leased = redis.call('ZCARD', LEASED) - ready
  for _, priority in ipairs(redis.call('ZRANGE', PRIORITIES, 0, -1)) do
    local due = redis.call('ZCOUNT', waiting(priority), '-inf', now)
    ready = ready + due
    delayed = delayed + redis.call('ZCARD', waiting(priority)) - due
  end
  -- What there was no time to look at.
  for list = 2, #KEYS do ready = ready + redis.call('LLEN', KEYS[list]) end
  return {ready, delayed, leased, redis.call('ZCARD', DEAD)}
end

function verbs.next_due()
  sort_in(time())
  local next
  local function see(set)
    local first = redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')[2]
    if first and (not next or tonumber(first) < next) then next = tonumber(first) end
  end
  see(LEASED)
  for _, priority in ipairs(redis.call('ZRANGE', PRIORITIES, 0, -1)) do see(waiting(priority)) end
  return next and text_of(next)
end

-- After which key (empty: from the first), limit.
function verbs.dead()
  local from = ARGV[2] == '' and '-' or '(' .. ARGV[2]
  local dead = {}
  for _, key in ipairs(redis.call('ZRANGEBYLEX', DEAD, from, '+', 'LIMIT', 0, ARGV[3])) do
    local job = redis.call('HMGET', job_of(key), 'run_at', 'priority', 'message', 'attempt', 'error', 'died_at')
    if job[3] then
      table.insert(job, 1, key)
      dead[#dead + 1] = job
    end
  end
  return dead
end

-- Key, now.
function verbs.revive()
  local key = ARGV[2]
  if redis.call('ZREM', DEAD, key) == 0 then return 0 end
  redis.call('HDEL', job_of(key), 'died_at', 'error')
  redis.call('HSET', job_of(key), 'run_at', ARGV[3], 'attempt', 0, 'fence', 0)
  wait(key, redis.call('HGET', job_of(key), 'priority'), ARGV[3])
  return 1
end

-- Key.
function verbs.drop_dead()
  if redis.call('ZREM', DEAD, ARGV[2]) == 0 then return 0 end
  redis.call('DEL', job_of(ARGV[2]))
  return 1
end

return verbs[verb]()
