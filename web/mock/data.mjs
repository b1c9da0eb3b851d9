// A small town for looking at the client: people, posts and pictures in several scripts. Development only.
const people = [
  ["mara", "Mara Lindqvist", "Bakes before dawn, writes after dark.", ["sourdough", "harbour walks"]],
  [
    "aoi",
    "山田 葵",
    "Night sky photographer, day-time librarian. I post what the telescope and the reading club bring home.",
    ["astronomy", "libraries", "film photography"],
  ],
  ["tomasz", "Tomasz Nowak", "Rye, trains, long letters.", ["bread"]],
  ["layla", "ليلى حداد", "أكتب عن المدينة والبحر.", ["poetry"]],
  ["olena", "Олена Коваль", "Малюю порт і людей.", ["drawing"]],
  ["bo", "Bo Andersen", "Ferry deckhand.", ["sailing"]],
];
export const account = ([username, display_name, note, interests], index) => ({
  id: String(100 + index),
  username,
  acct: username,
  display_name,
  note: `<p>${note}</p>`,
  locked: username === "olena",
  bot: false,
  discoverable: true,
  indexable: true,
  hide_collections: false,
  created_at: "2024-03-02T08:00:00.000Z",
  url: `http://127.0.0.1:4010/@${username}`,
  avatar: "",
  avatar_static: "",
  header: index === 1 ? "/media/sky.svg" : "",
  header_static: "",
  followers_count: 1204 - index * 90,
  following_count: 318,
  statuses_count: 96,
  last_status_at: "2026-11-20",
  emojis: [],
  fields:
    index === 1
      ? [
          {
            name: "Site",
            value: '<a href="https://stars.example">stars.example</a>',
            verified_at: "2025-01-01T00:00:00Z",
          },
          { name: "Camera", value: "Whatever is in reach", verified_at: null },
        ]
      : [],
  sociosphere: { interests },
});
export const accounts = [["ines", "Ines Ferreira", "Walks, code, coffee.", ["harbour walks"]], ...people].map(
  account,
);
export const me = {
  ...accounts[0],
  source: {
    note: "Walks, code, coffee.",
    fields: [],
    privacy: "public",
    sensitive: false,
    language: "en",
    follow_requests_count: 1,
    hide_collections: false,
    discoverable: true,
    indexable: true,
    sociosphere: { who_may_message: "everyone" },
  },
};
const picture = (id, name, description, width = 1600, height = 1067) => ({
  id,
  type: "image",
  url: `/media/${name}.svg`,
  preview_url: `/media/${name}.svg`,
  description,
  blurhash: "LGF5]+Yk^6#M@-5c,1J5@[or[Q6.",
  meta: { original: { width, height }, focus: { x: 0, y: 0 } },
});
const tag = (name) =>
  `<a href="http://127.0.0.1:4010/tags/${name}" class="mention hashtag" rel="tag">#<span>${name}</span></a>`;
const mention = (name) =>
  `<span class="h-card"><a href="http://127.0.0.1:4010/@${name}" class="u-url mention">@<span>${name}</span></a></span>`;
const texts = [
  [
    1,
    `<p>First coffee of the market season. The ${tag("harbour")} stalls open at nine — come say hi, I have ${mention("tomasz")}'s bread.</p>`,
    [picture("m1", "coffee", "A small espresso in a red cup on a wooden table")],
  ],
  [
    2,
    "<p>夜空の写真を整理していたら、一番好きな一枚が出てきた。星が多すぎて数えられない。</p>",
    [picture("m2", "sky", "A dense field of stars"), picture("m3", "rocket", "A rocket at dusk")],
  ],
  [4, "<p>صباح الخير من الميناء. البحر هادئ اليوم والقهوة مرّة كما أحب.</p>", []],
  [5, "<p>Сьогодні малювала крани в порту. Вітер забрав два аркуші, але третій залишився. 🎨</p>", []],
  [6, "<p>Last ferry is at 23:10 tonight, not 23:40. Tell your friends.</p>", [], "Timetable"],
  [
    3,
    `<p>Who is bringing what on Saturday? I can do two trays of rye.</p><p>Recipe: <a href="https://bread.example/rye" rel="nofollow noopener">bread.example/rye</a></p>`,
    [],
  ],
];
let next = 5000;
export const newId = () => {
  next += 1;
  return String(next);
};
export const status = (author, content, media = [], more = {}) => {
  const id = newId();
  return {
    id,
    created_at: new Date(Date.now() - 60_000 * (next % 97) * 3).toISOString(),
    edited_at: null,
    in_reply_to_id: null,
    in_reply_to_account_id: null,
    sensitive: false,
    spoiler_text: "",
    visibility: "public",
    language: null,
    uri: `http://127.0.0.1:4010/@${author.acct}/${id}`,
    url: `http://127.0.0.1:4010/@${author.acct}/${id}`,
    replies_count: Number(id) % 5,
    reblogs_count: Number(id) % 4,
    favourites_count: (Number(id) * 7) % 60,
    content,
    reblog: null,
    account: author,
    media_attachments: media,
    mentions: [],
    tags: [],
    emojis: [],
    favourited: Number(id) % 3 === 0,
    reblogged: false,
    muted: false,
    bookmarked: false,
    pinned: false,
    ...more,
  };
};
export const posts = [];
for (let round = 0; round < 14; round += 1)
  for (const [who, content, media, warning = ""] of texts)
    posts.unshift(
      status(
        accounts[who],
        content,
        media.map((one) => ({ ...one, id: `${one.id}.${round}` })),
        { spoiler_text: warning, sensitive: warning !== "" },
      ),
    );
posts.unshift(status(accounts[3], "", [], { reblog: posts[3] }));
