-- Begins a build and gives its ticket: a number that this ring never had.
-- KEYS: building, building:about. ARGV: time to live.
local time = redis.call('TIME')
local ticket = time[1] * 1000000 + time[2]
local old = redis.call('HGET', KEYS[2], 'ticket')
if old and tonumber(old) >= ticket then ticket = tonumber(old) + 1 end
ticket = string.format('%.0f', ticket)
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[2], 'ticket', ticket, 'floor', string.rep('0', WIDTH), 'size', 0)
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return ticket
