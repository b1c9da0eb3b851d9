-- A rate limit (GCRA). Times are told from now on, in units of 1 ms / burst: then one is worth `period`
-- units, a whole number, and nothing is ever rounded.
-- KEYS: the limit. ARGV: burst, period in ms, cost, now in ms, grace in ms.
local key = KEYS[1]
local burst, period, cost, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local unit = math.max(burst, 1)
local function up(units) return math.floor((units - units % unit) / unit) + (units % unit > 0 and 1 or 0) end

-- When all that was spent is refilled.
local full = 0
local spent = redis.call('GET', key)
if spent then
  local ms, part, old = spent:match('^(%d+) (%d+) (%d+)$')
  ms, part, old = tonumber(ms), tonumber(part), tonumber(old)
  if old ~= unit then part = math.floor(part * unit / old) end
  full = math.max((ms - now) * unit + part, 0)
end

local room = period * burst
local wanted = full + period * math.max(cost, 1)
local allowed = wanted <= room
if allowed and cost > 0 then
  full = wanted
  local part = full % unit
  local ms = now + (full - part) / unit
  redis.call('SET', key, string.format('%.0f %.0f %.0f', ms, part, unit), 'PX', string.format('%.0f', up(full) + tonumber(ARGV[5])))
end
local left = burst
if period > 0 then
  local free = math.max(room - full, 0)
  left = (free - free % period) / period
end
return {allowed and 1 or 0, left, up(full), up(math.max(wanted - room, 0))}
