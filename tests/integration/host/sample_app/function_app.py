"""A tiny app that shows what the host did: each function writes what it saw as a line of JSON to the file SEEN."""

import json
import logging
import os
import time
from pathlib import Path

import azure.functions as func

app = func.FunctionApp()


def saw(function: str, **values: object) -> None:
    """Append one line to the file that the test reads."""
    with Path(os.environ["SEEN"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"function": function, "pid": os.getpid(), "at": time.time(), **values}) + "\n")


@app.route(route="echo/{number:int}/{name?}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def echo(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with everything that the request carried."""
    answer = {
        "parameters": dict(req.route_params),
        "query": dict(req.params),
        "header": req.headers.get("X-Sent"),
        "body": req.get_body().decode(),
    }
    return func.HttpResponse(json.dumps(answer), status_code=201, headers={"X-Answer": "yes"}, mimetype="application/json")


@app.route(route="files/{*path}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
def files(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with the rest of the path; needs a function key where keys are checked."""
    return func.HttpResponse(req.route_params.get("path", "(none)"))


@app.route(route="fail", auth_level=func.AuthLevel.ANONYMOUS)
def fail(req: func.HttpRequest) -> func.HttpResponse:
    """Fail with a detail that must not reach the caller."""
    raise RuntimeError("a secret detail")


@app.queue_trigger(arg_name="message", queue_name="%WORK_QUEUE%", connection="AzureWebJobsStorage")
def work(message: func.QueueMessage) -> None:
    """Do what the message says: {"do": "ok" | "fail" | "fail-once" | "crash" | "crash-once" | "hang-once" | "slow"}."""
    body = message.get_json()
    started = time.time()
    saw("work", do=body["do"], id=message.id, attempt=message.dequeue_count)
    logging.getLogger("sample").info("working on %s", body["do"])
    first = message.dequeue_count == 1
    if body["do"] == "fail" or (body["do"] == "fail-once" and first):
        raise ValueError("as the message wished")
    if body["do"] == "crash" or (body["do"] == "crash-once" and first):
        os._exit(3)
    if body["do"] == "hang-once" and first:
        time.sleep(30)
    if body["do"] == "slow":
        time.sleep(0.2)
        saw("slow", started=started)


@app.queue_trigger(arg_name="message", queue_name="work-poison", connection="AzureWebJobsStorage")
def poison(message: func.QueueMessage) -> None:
    """Note what ended in the poison queue."""
    saw("poison", body=message.get_body().decode())


@app.timer_trigger(arg_name="timer", schedule="%EVERY%")
def tick(timer: func.TimerRequest) -> None:
    """Note that the timer came, and whether it was late."""
    saw("tick", past_due=timer.past_due)


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
def yearly(timer: func.TimerRequest) -> None:
    """Runs on New Year's Day, or when it was missed, or when an administrator says so."""
    saw("yearly", past_due=timer.past_due)
