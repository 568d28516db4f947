"""Asks a running Prometheus, which scrapes tickcached, what Grafana would: every query of the dashboard and
of its variables has an answer. And the alert rules that it has loaded work: none of them has anything to say
about a feed that is live. Or, with the name of an alert, waits until that fires.

Usage: ask_prometheus.py URL DASHBOARD [ALERT]
"""
import json
import sys
import time
import urllib.parse
import urllib.request

url = sys.argv[1]
end = time.monotonic() + 60  # for all of it
with open(sys.argv[2]) as file:
    dashboard = json.load(file)


def ask(path, **parameters):
    with urllib.request.urlopen(f"{url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=10) as answer:
        return json.load(answer)["data"]


def has_answer(query):
    for variable, value in (("$instance", ".*"), ("$segment", ".*"), ("$__rate_interval", "1m")):
        query = query.replace(variable, value)
    return bool(ask("query", query=query)["result"])


def has_values(variable):
    metric, label = variable.removeprefix("label_values(").removesuffix(")").split(", ")
    return bool(ask(f"label/{label}/values", **{"match[]": metric}))


def soon(condition, *arguments):
    while True:
        try:
            if condition(*arguments):
                return True
        except OSError:  # it has not begun to listen
            pass
        if time.monotonic() > end:
            return False
        time.sleep(0.2)


def are_evaluated():
    groups = ask("rules")["groups"]
    return groups and all(rule["health"] == "ok" for group in groups for rule in group["rules"])


def fires(name):
    return any(alert["labels"]["alertname"] == name and alert["state"] == "firing" for alert in ask("alerts")["alerts"])


if len(sys.argv) > 3:
    if not soon(fires, sys.argv[3]):
        sys.exit(f"the alert {sys.argv[3]} does not fire: {ask('alerts')}")
    print(f"{sys.argv[3]} fires")
    sys.exit()

queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
variables = [variable["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "query"]
problems = [f"no answer to the variable's {variable}" for variable in variables if not soon(has_values, variable)]
problems += [f"no answer to {query}" for query in queries if not soon(has_answer, query)]
if not soon(are_evaluated):
    problems.append(f"the alert rules do not work: {ask('rules')}")
problems += [f"alert of a live feed: {alert['labels']['alertname']}" for alert in ask("alerts")["alerts"]]
print("\n".join(problems) or f"{len(queries)} queries of the dashboard have an answer")
sys.exit(bool(problems))
