import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Utils;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.backend.memory.index.MemoryUniqueIndex;
import de.bwaldvogel.mongo.bson.Document;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Compound indexes that serve queries by their first field (`=` and `$in`), as a genuine server's would. The library answers from
 * unique indexes only, and only if all their fields are asked for; everything else it scans.
 */
final class Indexes {
    private Indexes() {}

    static MemoryBackend backend() {
        return new MemoryBackend() {
            @Override public MemoryDatabase openOrCreateDatabase(String name) {
                return new MemoryDatabase(name, getCursorRegistry()) {
                    @Override protected Index<Integer> openOrCreateSecondaryIndex(String collection, String index, List<IndexKey> keys, boolean sparse) {
                        return new Plain(index, keys, sparse);
                    }
                    @Override protected Index<Integer> openOrCreateUniqueIndex(String collection, String index, List<IndexKey> keys, boolean sparse) {
                        return keys.size() == 1 ? super.openOrCreateUniqueIndex(collection, index, keys, sparse) : new Unique(index, keys, sparse);
                    }
                };
            }
        };
    }

    /** Where the documents of a value of the first field stand; what else a query asks, the library checks itself. */
    private static final class Places {
        private final String field;
        private final Map<KeyValue, TreeSet<Integer>> byValue = new HashMap<>();
        private final Map<KeyValue, Integer> byId = new HashMap<>();   // a document that goes does not say where it stood

        Places(List<IndexKey> keys) { field = keys.get(0).getKey(); }

        private static KeyValue key(Object value) { return new KeyValue(value).normalized(); }
        private KeyValue value(Document document) { return key(Utils.getSubdocumentValue(document, field)); }

        synchronized void add(Document document, Integer position) {
            byValue.computeIfAbsent(value(document), value -> new TreeSet<>()).add(position);
            byId.put(key(document.get("_id")), position);
        }

        /** Where it stood; `null` if it was not here. */
        synchronized Integer remove(Document document) {
            Integer position = byId.remove(key(document.get("_id")));
            TreeSet<Integer> places = byValue.get(value(document));
            if (position != null && places != null && places.remove(position) && places.isEmpty()) byValue.remove(value(document));
            return position;
        }

        synchronized Integer position(Document document) { return byId.get(key(document.get("_id"))); }

        synchronized void move(Document before, Document after, Integer position) {
            remove(before);
            add(after, position);
        }

        /** Whether a query names values of the first field. */
        boolean serves(Document query) { return query.containsKey(field) && asked(query.get(field)) != null; }

        synchronized List<Integer> positions(Document query) {
            TreeSet<Integer> found = new TreeSet<>();
            for (Object value : asked(query.get(field))) found.addAll(byValue.getOrDefault(key(value), new TreeSet<>()));
            return List.copyOf(found);
        }

        private static Collection<?> asked(Object condition) {
            if (condition instanceof Document operators) {
                return operators.size() == 1 && operators.get("$in") instanceof Collection<?> values && values.stream().allMatch(Places::plain) ? values : null;
            }
            return plain(condition) ? List.of(condition) : null;
        }

        private static boolean plain(Object value) { return value instanceof Number || value instanceof String || value instanceof Boolean; }
    }

    private static final class Plain extends Index<Integer> {
        private final Places places;

        Plain(String name, List<IndexKey> keys, boolean sparse) { super(name, keys, sparse); places = new Places(keys); }

        @Override public Integer getPosition(Document document) { return places.position(document); }
        @Override public void checkAdd(Document document, MongoCollection<Integer> collection) {}
        @Override public void add(Document document, Integer position, MongoCollection<Integer> collection) { places.add(document, position); }
        @Override public Integer remove(Document document) { return places.remove(document); }
        @Override public boolean canHandle(Document query) { return places.serves(query); }
        @Override public Iterable<Integer> getPositions(Document query) { return places.positions(query); }
        @Override public long getCount() { return places.byId.size(); }
        @Override public long getDataSize() { return 0; }
        @Override public void checkUpdate(Document before, Document after, MongoCollection<Integer> collection) {}
        @Override public void updateInPlace(Document before, Document after, Integer position, MongoCollection<Integer> collection) { places.move(before, after, position); }
        @Override public void drop() {}
    }

    private static final class Unique extends MemoryUniqueIndex {
        private final Places places;

        Unique(String name, List<IndexKey> keys, boolean sparse) { super(name, keys, sparse); places = new Places(keys); }

        @Override public synchronized void add(Document document, Integer position, MongoCollection<Integer> collection) {
            super.add(document, position, collection);
            places.add(document, position);
        }
        @Override public synchronized Integer remove(Document document) { places.remove(document); return super.remove(document); }
        @Override public void updateInPlace(Document before, Document after, Integer position, MongoCollection<Integer> collection) throws de.bwaldvogel.mongo.exception.KeyConstraintError {
            super.updateInPlace(before, after, position, collection);
            places.move(before, after, position);
        }
        @Override public synchronized boolean canHandle(Document query) { return places.serves(query) || super.canHandle(query); }
        @Override public synchronized Iterable<Integer> getPositions(Document query) {
            return places.serves(query) ? places.positions(query) : super.getPositions(query);
        }
    }
}
