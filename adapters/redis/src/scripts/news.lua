-- What the journal tells since a place. KEYS: the journal, its end. ARGV: the place, how long the journal lives in ms.
-- {end} or {end, newest, …, oldest}; {end, false}: some of it is forgotten.
local last = tonumber(redis.call('GET', KEYS[2]))
if not last then
  local time = redis.call('TIME')
  last = time[1] * 1000000 + time[2]
  redis.call('SET', KEYS[2], string.format('%.0f', last), 'PX', ARGV[2])
end
local missed = last - tonumber(ARGV[1])
local answer = {string.format('%.0f', last)}
if missed == 0 then return answer end
if missed < 0 or missed > redis.call('LLEN', KEYS[1]) then
  return {answer[1], 0}
end
for _, told in ipairs(redis.call('LRANGE', KEYS[1], 0, missed - 1)) do answer[#answer + 1] = told end
return answer
