-- Adds to the journal. KEYS: the journal, its end. ARGV: what is told, how many it remembers, how long it lives in ms.
local last = tonumber(redis.call('GET', KEYS[2]))
if not last then
  -- Where it was lost it begins far beyond every place that somebody may remember.
  local time = redis.call('TIME')
  last = time[1] * 1000000 + time[2]
end
redis.call('SET', KEYS[2], string.format('%.0f', last + 1), 'PX', ARGV[3])
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
