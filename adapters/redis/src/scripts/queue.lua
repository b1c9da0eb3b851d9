-- The queue. KEYS: its base; all other keys begin with it and lie beside it. ARGV: a verb, and what it needs.
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

local verbs = {}

-- Five of each job: key, kind, run_at, priority, body. A key that is known stays what it is.
function verbs.push()
  for place = 2, #ARGV, 5 do
    local key, kind, run_at, priority, body = unpack(ARGV, place, place + 4)
    if redis.call('EXISTS', job_of(key)) == 0 then
      redis.call('HSET', job_of(key), 'kind', kind, 'run_at', run_at, 'priority', priority, 'body', body, 'attempt', 0, 'fence', 0)
      wait(key, priority, run_at)
    end
  end
end

-- Lane from, lane to, limit, now, until when.
function verbs.take()
  local limit, now, ends = tonumber(ARGV[4]), ARGV[5], ARGV[6]
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
      local kind, run_at, body = unpack(redis.call('HMGET', job, 'kind', 'run_at', 'body'))
      leave(key, priority)
      if kind then
        local fence = redis.call('INCR', base .. ':fence')
        local attempt = redis.call('HINCRBY', job, 'attempt', 1)
        redis.call('HSET', job, 'fence', fence)
        redis.call('ZADD', LEASED, ends, key)
        taken[#taken + 1] = {key, kind, run_at, priority, body, attempt, fence}
      end
    end
  end
  return taken
end

-- Key, fence.
function verbs.done()
  local priority = held(ARGV[2], ARGV[3])
  if not priority then return 0 end
  leave(ARGV[2], priority)
  redis.call('DEL', job_of(ARGV[2]))
  return 1
end

-- Key, fence, run_at, error.
function verbs.retry()
  local key, priority = ARGV[2], held(ARGV[2], ARGV[3])
  if not priority then return 0 end
  leave(key, priority)
  redis.call('HSET', job_of(key), 'run_at', ARGV[4], 'error', ARGV[5], 'fence', 0)
  wait(key, priority, ARGV[4])
  return 1
end

-- Key, fence, now, error.
function verbs.bury()
  local key, priority = ARGV[2], held(ARGV[2], ARGV[3])
  if not priority then return 0 end
  leave(key, priority)
  redis.call('HSET', job_of(key), 'died_at', ARGV[4], 'error', ARGV[5], 'fence', 0)
  redis.call('ZADD', DEAD, 0, key)
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
  local ready, delayed = redis.call('ZCOUNT', LEASED, '-inf', now), 0
  local leased = redis.call('ZCARD', LEASED) - ready
  for _, priority in ipairs(redis.call('ZRANGE', PRIORITIES, 0, -1)) do
    local due = redis.call('ZCOUNT', waiting(priority), '-inf', now)
    ready = ready + due
    delayed = delayed + redis.call('ZCARD', waiting(priority)) - due
  end
  return {ready, delayed, leased, redis.call('ZCARD', DEAD)}
end

function verbs.next_due()
  local next
  local function see(set)
    local first = redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')[2]
    if first and (not next or tonumber(first) < next) then next = tonumber(first) end
  end
  see(LEASED)
  for _, priority in ipairs(redis.call('ZRANGE', PRIORITIES, 0, -1)) do see(waiting(priority)) end
  return next and string.format('%.0f', next)
end

-- After which key (empty: from the first), limit.
function verbs.dead()
  local from = ARGV[2] == '' and '-' or '(' .. ARGV[2]
  local dead = {}
  for _, key in ipairs(redis.call('ZRANGEBYLEX', DEAD, from, '+', 'LIMIT', 0, ARGV[3])) do
    local job = redis.call('HMGET', job_of(key), 'kind', 'run_at', 'priority', 'body', 'attempt', 'error', 'died_at')
    if job[1] then
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
