#!/usr/bin/env python3
"""generate.py [--check]: writes sociosphere.ndjson beside it (Kibana, Stack Management, Saved Objects, Import), or says whether
it is as this script makes it: a data view, searches and a dashboard of them."""
import json, pathlib, sys

OUT = pathlib.Path(__file__).resolve().parent / "sociosphere.ndjson"
VIEW = "sociosphere-logs"

# Id: title, what it finds (KQL), columns.
SEARCHES = {
    "errors": ("Errors", "log.level : error", ["log.logger", "message", "error.message", "trace.id"]),
    "warnings": ("Warnings", "log.level : warn", ["log.logger", "message", "error.message"]),
    "requests": ("Failed requests", "http.response.status_code >= 500",
                 ["http.request.method", "http.route", "http.response.status_code", "http.request.id", "trace.id"]),
    "slow": ("Slow requests", "http.route : * and event.duration > 1000000000",
             ["http.request.method", "http.route", "event.duration", "trace.id"]),
    "jobs": ("Jobs in trouble", "job.kind : * and (log.level : warn or log.level : error)", ["job.kind", "job.key", "message", "trace.id"]),
}

CHARTS = {
    "levels": ("Lines by level", "", "log.level"),
    "statuses": ("Answers by status", "http.route : *", "http.response.status_code"),
    "releases": ("Lines by release", "", "service.version"),
}


def source(query):
    return json.dumps({"query": {"query": query, "language": "kuery"}, "filter": [],
                       "indexRefName": "kibanaSavedObjectMeta.searchSourceJSON.index"})


def reference(name, type, id):
    return {"name": name, "type": type, "id": id}


def made():
    view = reference("kibanaSavedObjectMeta.searchSourceJSON.index", "index-pattern", VIEW)
    objects = [{"type": "index-pattern", "id": VIEW, "references": [],
                "attributes": {"title": "logs-sociosphere-*", "name": "SocioSphere logs", "timeFieldName": "@timestamp"}}]
    for id, (title, query, columns) in SEARCHES.items():
        objects.append({"type": "search", "id": f"sociosphere-{id}", "references": [view], "attributes": {
            "title": f"SocioSphere: {title}", "columns": columns, "sort": [["@timestamp", "desc"]],
            "kibanaSavedObjectMeta": {"searchSourceJSON": source(query)}}})
    for id, (title, query, field) in CHARTS.items():
        state = {"title": title, "type": "histogram", "params": {"type": "histogram", "addLegend": True, "addTooltip": True},
                 "aggs": [{"id": "1", "enabled": True, "type": "count", "schema": "metric", "params": {}},
                          {"id": "2", "enabled": True, "type": "date_histogram", "schema": "segment",
                           "params": {"field": "@timestamp", "interval": "auto", "min_doc_count": 1}},
                          {"id": "3", "enabled": True, "type": "terms", "schema": "group",
                           "params": {"field": field, "size": 10, "orderBy": "1", "order": "desc"}}]}
        objects.append({"type": "visualization", "id": f"sociosphere-{id}", "references": [view], "attributes": {
            "title": f"SocioSphere: {title}", "visState": json.dumps(state), "uiStateJSON": "{}", "version": 1,
            "kibanaSavedObjectMeta": {"searchSourceJSON": source(query)}}})
    panels, references, y = [], [], 0
    for n, id in enumerate(CHARTS):
        panels.append({"type": "visualization", "panelIndex": str(n), "panelRefName": f"panel_{n}", "embeddableConfig": {},
                       "gridData": {"x": 16 * n, "y": 0, "w": 16, "h": 12, "i": str(n)}})
        references.append(reference(f"{n}:panel_{n}", "visualization", f"sociosphere-{id}"))
    for m, id in enumerate(SEARCHES):
        n = len(CHARTS) + m
        panels.append({"type": "search", "panelIndex": str(n), "panelRefName": f"panel_{n}", "embeddableConfig": {},
                       "gridData": {"x": 24 * (m % 2), "y": 12 + 14 * (m // 2), "w": 24, "h": 14, "i": str(n)}})
        references.append(reference(f"{n}:panel_{n}", "search", f"sociosphere-{id}"))
    objects.append({"type": "dashboard", "id": "sociosphere", "references": references, "attributes": {
        "title": "SocioSphere", "description": "What the server says", "timeRestore": True, "timeFrom": "now-24h", "timeTo": "now",
        "panelsJSON": json.dumps(panels), "optionsJSON": json.dumps({"useMargins": True}), "version": 1,
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps({"query": {"query": "", "language": "kuery"}, "filter": []})}}})
    return "".join(json.dumps(one, sort_keys=True) + "\n" for one in objects)


if __name__ == "__main__":
    if "--check" not in sys.argv:
        OUT.write_text(made())
    elif not OUT.exists() or OUT.read_text() != made():
        sys.exit("deploy/kibana/sociosphere.ndjson is not as generate.py makes it: run deploy/kibana/generate.py")
