-- What every script of rings knows. A ring is a list of entries, newest first, and a hash about it: `floor`, `size` (what
-- the list must hold: Redis may clear away either of the two alone) and, for each entry that shows something
-- else, `s:<what it shows>` with the entry's id. An entry is `<id>` or `<id>><shows>`; ids are 20 digits, so that they
-- compare as text (numbers in Lua are exact below 2^53 only).
local WIDTH = 20

-- The floor of a ring that is there and whole.
local function whole(list, about)
  local floor, size = unpack(redis.call('HMGET', about, 'floor', 'size'))
  if not floor then return nil end
  if tonumber(size) ~= redis.call('LLEN', list) then
    redis.call('DEL', list, about)
    return nil
  end
  return floor
end

-- Inserts an entry by its id and gives the floor after it.
local function insert(list, about, floor, id, shows)
  if id < floor then return floor end
  local newest = redis.call('LINDEX', list, 0)
  local older = newest
  if newest and newest:sub(1, WIDTH) >= id then
    older = nil
    for _, entry in ipairs(redis.call('LRANGE', list, 0, -1)) do
      local other = entry:sub(1, WIDTH)
      if other == id then return floor end
      if other < id then older = entry break end
    end
  end
  -- At most one entry shows the same: the newer one stays.
  local same = redis.call('HGET', about, 's:' .. shows)
  if same then
    if same > id then return floor end
    same = same .. '>' .. shows
  elseif shows ~= id then
    if shows > id and redis.call('LPOS', list, shows) then return floor end
    same = shows
  end
  local entry = shows == id and id or id .. '>' .. shows
  if not newest then
    redis.call('RPUSH', list, entry)
    redis.call('PEXPIRE', list, redis.call('PTTL', about))
  elseif older == newest then
    redis.call('LPUSH', list, entry)
  elseif older then
    redis.call('LINSERT', list, 'BEFORE', older, entry)
  else
    redis.call('RPUSH', list, entry)
  end
  if same then redis.call('LREM', list, 1, same) end
  if shows ~= id then
    redis.call('HSET', about, 's:' .. shows, id)
  elseif same then
    redis.call('HDEL', about, 's:' .. shows)
  end
  local size = redis.call('LLEN', list)
  if size > CAPACITY then
    local gone = redis.call('RPOP', list)
    if #gone > WIDTH then redis.call('HDEL', about, 's:' .. gone:sub(WIDTH + 2)) end
    size = size - 1
    local last = redis.call('LINDEX', list, -1):sub(1, WIDTH)
    if last > floor then floor = last end
  end
  redis.call('HSET', about, 'floor', floor, 'size', size)
  return floor
end
