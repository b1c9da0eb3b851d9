-- A page of a ring, newest first, behind its floor; nothing where no ring is.
-- KEYS: list, about. ARGV: below, above (empty: none), nearest, limit, time to live, when to renew that.
local floor = whole(KEYS[1], KEYS[2])
if not floor then return nil end
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[6]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
end
local size = redis.call('LLEN', KEYS[1])
-- How many entries are newer than an id (with `itself`: that one too).
local function newer(id, itself)
  local low, high = 0, size
  while low < high do
    local middle = math.floor((low + high) / 2)
    local other = redis.call('LINDEX', KEYS[1], middle):sub(1, WIDTH)
    if other > id or (itself and other == id) then low = middle + 1 else high = middle end
  end
  return low
end
local below, above, limit = ARGV[1], ARGV[2], tonumber(ARGV[4])
local first = below ~= '' and newer(below, true) or 0
local last = above ~= '' and newer(above, false) or size
if ARGV[3] == '1' and above ~= '' and below == '' then first = math.max(last - limit, 0) end
last = math.min(last, first + limit)
local page = last > first and redis.call('LRANGE', KEYS[1], first, last - 1) or {}
table.insert(page, 1, floor)
return page
