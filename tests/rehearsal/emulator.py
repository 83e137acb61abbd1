"""Runs the emulator so that it looks at its schedules each second: on a clock that is turned, their times come quickly."""

import ministack.services.scheduler as scheduler
from ministack.app import main

if not isinstance(scheduler._SCHEDULE_TICK_INTERVAL, int):
    raise SystemExit("this version of ministack has no interval of its schedules: look for it in services/scheduler.py")
scheduler._SCHEDULE_TICK_INTERVAL = 1
main()
