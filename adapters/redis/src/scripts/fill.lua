-- Fills a place whose lease is still there. KEYS: the place. ARGV: lease, stamp, value, for how many ms.
if redis.call('GET', KEYS[1]) ~= '?' .. ARGV[1] then return 0 end
redis.call('SET', KEYS[1], '=' .. ARGV[2] .. ' ' .. ARGV[3], 'PX', ARGV[4])
return 1
