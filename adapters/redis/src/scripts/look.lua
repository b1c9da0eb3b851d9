-- What lies at a place, or a lease of it. KEYS: the place. ARGV: stamp, lease, how long a lease is good in ms.
local held = redis.call('GET', KEYS[1])
if held then
  local kind = held:sub(1, 1)
  if kind == '=' then
    local cut = held:find(' ', 2, true)
    if cut and held:sub(2, cut - 1) == ARGV[1] then return held:sub(cut + 1) end
  elseif kind == '?' then
    if held:sub(2) ~= ARGV[2] then return 0 end
  elseif kind == '!' then
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    for ends in held:gmatch('%d+:(%d+)') do
      if tonumber(ends) > now then return 0 end
    end
  end
end
redis.call('SET', KEYS[1], '?' .. ARGV[2], 'PX', ARGV[3])
return 1
