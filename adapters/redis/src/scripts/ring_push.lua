-- Inserts an entry into a ring that is there, and keeps it for one that is being built.
-- KEYS: list, about, building, building:about. ARGV: id, shows.
for place = 1, 3, 2 do
  local floor = whole(KEYS[place], KEYS[place + 1])
  if floor then insert(KEYS[place], KEYS[place + 1], floor, ARGV[1], ARGV[2]) end
end
