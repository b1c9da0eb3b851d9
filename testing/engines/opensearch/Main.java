import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.mapper.MapperExtrasPlugin;
import org.opensearch.index.reindex.ReindexPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.Plugin;
import org.opensearch.transport.Netty4Plugin;

/** A genuine OpenSearch of one node, on loopback, for tests. Usage: Main HTTP_PORT DATA_FOLDER. Prints READY. */
public final class Main {
    private static final List<Class<? extends Plugin>> PLUGINS =
        List.of(Netty4Plugin.class, CommonAnalysisPlugin.class, MapperExtrasPlugin.class, ReindexPlugin.class);

    private static final class OneNode extends Node {
        OneNode(Settings settings) {
            super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "node"), PLUGINS, false);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Files.createDirectories(Path.of(arguments[1]).toAbsolutePath());
        Files.createDirectories(home.resolve("config"));
        Settings settings = Settings.builder()
            .put("path.home", home.toString())
            .put("cluster.name", "sociosphere-tests")
            .put("node.name", "node")
            .putList("node.roles", "cluster_manager", "data", "ingest")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", arguments[0])
            .put("transport.port", "0")               // nobody else joins: any free port
            .put("node.processors", 2)
            .put("cluster.routing.allocation.disk.threshold_enabled", false)   // a developer's disk may be nearly full
            .put("cluster.max_shards_per_node", 5000)                          // each test has indexes of its own
            .build();
        Node node = new OneNode(settings).start();
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception error) {
                error.printStackTrace();
            }
            ended.countDown();
        }));
        node.client().admin().cluster().prepareHealth().setWaitForYellowStatus().get();
        System.out.println("READY " + arguments[0]);
        System.out.flush();
        ended.await();
    }
}
