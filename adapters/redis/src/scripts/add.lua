-- Adds to a number and gives it as text (numbers in Lua are exact below 2^53 only).
-- KEYS: the number. ARGV: by, now, its end if it is new, its time to live in Redis.
local key, by = KEYS[1], ARGV[1]
local ends = redis.call('HGET', key, 'until')
if not ends or tonumber(ends) <= tonumber(ARGV[2]) then
  redis.call('DEL', key)
  redis.call('HSET', key, 'n', by, 'until', ARGV[3])
  redis.call('PEXPIRE', key, ARGV[4])
  return by
end
local sum = redis.pcall('HINCRBY', key, 'n', by)
if type(sum) == 'table' then
  -- It would overflow: it stays at the end of the range.
  local most = by:sub(1, 1) == '-' and '-9223372036854775808' or '9223372036854775807'
  redis.call('HSET', key, 'n', most)
end
return redis.call('HGET', key, 'n')
