#!/usr/bin/env python3
"""generate.py [--check]: writes the dashboards beside it, or says whether they are as this script makes them.

A dashboard is a list of rows, a row a list of panels: title, unit, what it says, and queries with their legends. Everything
else that Grafana wants is the same for all.
"""
import json, pathlib, sys

HERE = pathlib.Path(__file__).resolve().parent / "dashboards"
SOURCE = {"type": "prometheus", "uid": "prometheus"}


def quantile(q, metric, by="", match=""):
    labels = f"{by}, le" if by else "le"
    return f"histogram_quantile({q}, sum by ({labels}) (rate({metric}_bucket{match}[$__rate_interval])))"


def rate(metric, by="", match=""):
    group = f" by ({by})" if by else ""
    return f"sum{group} (rate({metric}{match}[$__rate_interval]))"


def times(metric, match=""):
    return [(quantile(0.5, metric, match=match), "median"), (quantile(0.99, metric, match=match), "99 in 100")]


class Panel:
    def __init__(self, title, unit, says, *queries, kind="timeseries", width=8):
        self.title, self.unit, self.says, self.queries, self.kind, self.width = title, unit, says, queries, kind, width


def graph(title, unit, says, *queries):
    return Panel(title, unit, says, *queries)


def number(title, unit, says, query):
    return Panel(title, unit, says, (query, ""), kind="stat", width=4)


def table(title, unit, says, query, legend):
    return Panel(title, unit, says, (query, legend), kind="bargauge", width=12)


OURS = '{job=~"sociosphere-.*"}'
# Streams and uploads take as long as their client's line: they are not slow work.
REQUESTS = '{route!~"/api/v1/streaming.*|/api/v[12]/media"}'

OVERVIEW = [
    ("Now", [
        number("Processes", "none", "That answer.", f"sum(up{OURS})"),
        number("Requests", "reqps", "A second.", "sociosphere:http_requests:rate5m"),
        number("Errors of ours", "percentunit", "Of all answers.", "sociosphere:http_errors:ratio_rate5m"),
        number("99 of 100 within", "s", "Requests, without streams and uploads.", "sociosphere:http_request_seconds:p99_5m"),
        number("Open streams", "none", "People who look on, about.", "sum(sociosphere_live_connections_open)"),
        number("Oldest waiting job", "s", "0: none waits.", "max(sociosphere_jobs_oldest_ready_seconds)"),
    ]),
    ("People", [
        graph("Answers by status", "reqps", "", (rate("sociosphere_http_requests_total", "status"), "{{status}}")),
        graph("Time of requests", "s", "", *times("sociosphere_http_request_seconds", REQUESTS)),
        graph("Fan-out", "s", "From the commit of a post to the timelines of its readers.",
              *times("sociosphere_jobs_lag_seconds", '{kind="timelines.deliver"}')),
    ]),
    ("Store", [
        graph("Commits by result", "ops", "", (rate("sociosphere_graph_commits_total", "result"), "{{result}}")),
        graph("Time of commits", "s", "", *times("sociosphere_graph_commit_seconds")),
        graph("Cache hits", "percentunit", "", ("sociosphere:graph_cache_hits:ratio_rate5m", "{{cache}}")),
    ]),
    ("Processes", [
        graph("CPU", "none", "Cores.", (f"rate(process_cpu_seconds_total{OURS}[$__rate_interval])", "{{instance}}")),
        graph("Memory", "bytes", "", (f"process_resident_memory_bytes{OURS}", "{{instance}}")),
        graph("Open files and sockets", "none", "", (f"process_open_fds{OURS}", "{{instance}}"),
              (f"process_max_fds{OURS}", "most of {{instance}}")),
        graph("Releases", "none", "", ("sum by (version, role) (sociosphere_build_info)", "{{role}} {{version}}")),
        graph("Running since", "dateTimeAsIso", "", (f"process_start_time_seconds{OURS} * 1000", "{{instance}}")),
        graph("Lost log lines", "ops", "", (rate("sociosphere_log_dropped_total", "sink"), "{{sink}}")),
    ]),
]

API = [
    ("Requests", [
        graph("By method", "reqps", "", (rate("sociosphere_http_requests_total", "method"), "{{method}}")),
        graph("Refused", "reqps", "4xx: what clients did wrong, or too often (429).",
              (rate("sociosphere_http_requests_total", "status", '{status=~"4.."}'), "{{status}}")),
        graph("Errors of ours", "reqps", "By route.",
              (rate("sociosphere_http_requests_total", "route, status", '{status=~"5.."}'), "{{status}} {{route}}")),
    ]),
    ("Routes", [
        table("Busiest", "reqps", "", f"topk(15, {rate('sociosphere_http_requests_total', 'method, route')})", "{{method}} {{route}}"),
        table("Slowest", "s", "99 in 100.", f"topk(15, {quantile(0.99, 'sociosphere_http_request_seconds', 'method, route', REQUESTS)} > 0)",
              "{{method}} {{route}}"),
    ]),
    ("Connections", [
        graph("Open", "none", "", ("sociosphere_net_connections_open", "{{instance}}")),
        graph("Not taken", "ops", "", (rate("sociosphere_net_refused_total", "why"), "{{why}}")),
        graph("Panics", "ops", "Each is a bug.", (rate("sociosphere_http_panics_total", "instance"), "{{instance}}")),
        graph("Errors", "ops", "That `sociosphere errors list` groups.", (rate("sociosphere_errors_total", "source"), "{{source}}")),
    ]),
]

JOBS = [
    ("Queue", [
        graph("Waiting jobs", "none", "", ('max by (state) (sociosphere_jobs_queue_depth{state!="dead"})', "{{state}}")),
        graph("Given up", "none", "", ('max(sociosphere_jobs_queue_depth{state="dead"})', "dead")),
        graph("Oldest that may run", "s", "", ("max(sociosphere_jobs_oldest_ready_seconds)", "oldest")),
        graph("Outbox", "none", "Events that wait to become jobs.", ("max(sociosphere_jobs_outbox_events)", "events")),
        graph("Relayed", "ops", "", (rate("sociosphere_jobs_events_relayed_total"), "events")),
        graph("Time to become a job", "s", "", *times("sociosphere_jobs_relay_lag_seconds")),
    ]),
    ("Work", [
        graph("Runs by kind", "ops", "", (rate("sociosphere_jobs_done_total", "kind"), "{{kind}}")),
        graph("Runs by result", "ops", "", (rate("sociosphere_jobs_done_total", "result"), "{{result}}")),
        graph("Time of a run", "s", "95 in 100.", (quantile(0.95, "sociosphere_jobs_seconds", "kind"), "{{kind}}")),
        graph("From commit to done", "s", "95 in 100.", ("sociosphere:jobs_lag_seconds:p95_5m", "{{kind}}")),
        graph("Media", "ops", "", (rate("sociosphere_media_files_total", "family, result"), "{{family}} {{result}}")),
        graph("Time of work on media", "s", "95 in 100.", (quantile(0.95, "sociosphere_media_seconds", "family"), "{{family}}")),
        graph("Mail", "ops", "", (rate("sociosphere_mail_total", "result"), "{{result}}")),
    ]),
]

LIVE = [
    ("Streams", [
        graph("Open", "none", "", ("sum by (transport) (sociosphere_live_connections_open)", "{{transport}}")),
        graph("Opened", "ops", "", (rate("sociosphere_live_connections_opened_total", "transport"), "{{transport}}")),
        graph("Ended", "ops", "", (rate("sociosphere_live_connections_closed_total", "why"), "{{why}}")),
    ]),
    ("Delivery", [
        graph("Timelines", "s", "From commit to done.", *times("sociosphere_jobs_lag_seconds", '{kind="timelines.deliver"}')),
        graph("Notifications", "s", "From commit to done.", *times("sociosphere_jobs_lag_seconds", '{kind="notifications.deliver"}')),
        graph("Search", "s", "From commit to found.", *times("sociosphere_jobs_lag_seconds", '{kind="search.index"}')),
    ]),
]

ENGINES = [
    ("As the processes see them", [
        Panel("Parts", "none", "1: works. 0: one process at least cannot reach it.", ("min by (part) (sociosphere_engine_up)", "{{part}}"),
              kind="stat", width=24),
    ]),
    ("SQLite", [
        graph("Transactions", "ops", "", (rate("sociosphere_store_commits_total"), "transactions"),
              (rate("sociosphere_store_writes_total"), "commits in them")),
        graph("Time of a transaction", "s", "To the disk.", *times("sociosphere_store_commit_seconds")),
        graph("Commits that share one", "none", "", (quantile(0.95, "sociosphere_store_group_writes"), "95 in 100")),
        graph("Write-ahead log", "bytes", "", ("sociosphere_store_wal_bytes", "{{instance}}")),
    ]),
    ("MongoDB", [
        graph("Operations", "ops", "", ("sum by (legacy_op_type) (rate(mongodb_ss_opcounters[$__rate_interval]))", "{{legacy_op_type}}")),
        graph("Connections", "none", "", ('mongodb_ss_connections{conn_type="current"}', "{{instance}}")),
        graph("Members", "none", "1 is a primary, 2 a secondary.", ("mongodb_rs_members_state", "{{member_idx}}")),
    ]),
    ("Redis", [
        graph("Commands", "ops", "", (rate("redis_commands_processed_total", "instance"), "{{instance}}")),
        graph("Memory", "bytes", "", ("redis_memory_used_bytes", "{{instance}}"), ("redis_memory_max_bytes", "most of {{instance}}")),
        graph("Thrown away", "ops", "Caches and timelines that memory had no room for.", (rate("redis_evicted_keys_total"), "keys")),
    ]),
    ("RabbitMQ", [
        graph("Waiting", "none", "", ("sum(rabbitmq_queue_messages_ready)", "ready"), ("sum(rabbitmq_queue_messages_unacked)", "in hand")),
        graph("Memory", "bytes", "", ("rabbitmq_process_resident_memory_bytes", "{{instance}}")),
        graph("Alarms", "none", "", ("rabbitmq_alarms_memory_used_watermark", "memory"), ("rabbitmq_alarms_free_disk_space_watermark", "disk")),
    ]),
    ("Elasticsearch or OpenSearch", [
        graph("Health", "none", "", ("elasticsearch_cluster_health_status == 1", "{{color}}")),
        graph("Searches", "ops", "", (rate("elasticsearch_indices_search_query_total"), "searches")),
        graph("Size", "bytes", "", ("sum(elasticsearch_indices_store_size_bytes)", "indexes")),
    ]),
    ("Machines", [
        graph("CPU", "percentunit", "", ('1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))', "{{instance}}")),
        graph("Memory", "percentunit", "Free, or to be freed.", ("node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "{{instance}}")),
        graph("Disks", "percentunit", "Free.", ('node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|overlay"} / node_filesystem_size_bytes', "{{instance}} {{mountpoint}}")),
    ]),
    ("Exporters", [
        Panel("Who answers", "none", "", ("up", "{{job}} {{instance}}"), kind="stat", width=24),
    ]),
]

DASHBOARDS = {"overview": ("Overview", OVERVIEW), "api": ("API", API), "jobs": ("Jobs", JOBS),
              "live": ("Real time", LIVE), "engines": ("Engines", ENGINES)}


def panel(id, place, it):
    fields = {"unit": it.unit, "min": 0} if it.unit != "dateTimeAsIso" else {"unit": it.unit}
    options = {
        "timeseries": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}},
        "stat": {"reduceOptions": {"calcs": ["lastNotNull"]}, "graphMode": "area"},
        "bargauge": {"orientation": "horizontal", "displayMode": "basic", "reduceOptions": {"calcs": ["lastNotNull"]}},
    }[it.kind]
    targets = [{"refId": chr(65 + n), "datasource": SOURCE, "expr": expr, "legendFormat": legend or "__auto",
                "instant": it.kind == "bargauge", "range": it.kind != "bargauge"} for n, (expr, legend) in enumerate(it.queries)]
    return {"id": id, "type": it.kind, "title": it.title, "description": it.says, "gridPos": place, "datasource": SOURCE,
            "fieldConfig": {"defaults": fields, "overrides": []}, "options": options, "targets": targets}


def dashboard(uid, title, rows):
    panels, id, y = [], 0, 0
    for row, content in rows:
        id += 1
        panels.append({"id": id, "type": "row", "title": row, "collapsed": False, "panels": [],
                       "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}})
        y, x = y + 1, 0
        height = 4 if all(it.kind == "stat" for it in content) else 8
        for it in content:
            if x + it.width > 24:
                x, y = 0, y + height
            id += 1
            panels.append(panel(id, {"x": x, "y": y, "w": it.width, "h": height}, it))
            x += it.width
        y += height
    return {"uid": f"sociosphere-{uid}", "title": f"SocioSphere: {title}", "tags": ["sociosphere"], "timezone": "browser",
            "schemaVersion": 39, "version": 1, "editable": False, "graphTooltip": 1, "refresh": "30s",
            "time": {"from": "now-3h", "to": "now"}, "templating": {"list": []}, "annotations": {"list": []},
            "links": [{"type": "dashboards", "title": "SocioSphere", "tags": ["sociosphere"], "asDropdown": True, "keepTime": True}],
            "panels": panels}


def main(check):
    made = {f"{uid}.json": json.dumps(dashboard(uid, title, rows), indent=1) + "\n" for uid, (title, rows) in DASHBOARDS.items()}
    there = {path.name: path.read_text() for path in HERE.glob("*.json")}
    if check:
        if made != there:
            sys.exit("deploy/grafana/dashboards is not as generate.py makes it: run deploy/grafana/generate.py")
        return
    for name in there.keys() - made.keys():
        (HERE / name).unlink()
    for name, text in made.items():
        (HERE / name).write_text(text)


if __name__ == "__main__":
    main("--check" in sys.argv)
