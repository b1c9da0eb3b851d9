-- Ends a build: the ring is what the lists said, and then what was kept meanwhile.
-- KEYS: list, about, building, building:about. ARGV: ticket, floor, time to live, entries newest first,
-- each thing shown once and no more than a ring holds.
if redis.call('HGET', KEYS[4], 'ticket') ~= ARGV[1] then return 0 end
local floor = whole(KEYS[3], KEYS[4])
if not floor then return 0 end
if ARGV[2] > floor then floor = ARGV[2] end
redis.call('DEL', KEYS[1], KEYS[2])
local size = 0
for place = 4, #ARGV do
  local entry = ARGV[place]
  local id = entry:sub(1, WIDTH)
  if id >= floor then
    redis.call('RPUSH', KEYS[1], entry)
    size = size + 1
    if #entry > WIDTH then redis.call('HSET', KEYS[2], 's:' .. entry:sub(WIDTH + 2), id) end
  end
end
redis.call('HSET', KEYS[2], 'floor', floor, 'size', size)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
local kept = redis.call('LRANGE', KEYS[3], 0, -1)
for place = #kept, 1, -1 do
  local id, shows = kept[place]:sub(1, WIDTH), kept[place]:sub(WIDTH + 2)
  floor = insert(KEYS[1], KEYS[2], floor, id, shows == '' and id or shows)
end
redis.call('DEL', KEYS[3], KEYS[4])
return 1
