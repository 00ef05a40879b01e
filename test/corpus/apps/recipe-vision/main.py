"""
RecipeVision - snap a picture of your fridge, get three recipes back.

Run locally with:  uvicorn main:app --reload
"""
import base64
import json
import os
import tempfile
import traceback

import httpx
from fastapi import FastAPI, File, Form, Header, HTTPException, UploadFile
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

OPENAI_KEY = os.environ["OPENAI_API_KEY"]
# TODO make the api key mandatory once the app store build is out
BACKEND_KEY = os.getenv("BACKEND_API_KEY")
ENV = os.environ.get("ENV", "dev")
DEBUG = ENV == "dev"
MAX_MB = int(os.getenv("MAX_UPLOAD_MB", "8"))

app = FastAPI(title="RecipeVision", version="0.4.1")

app.add_middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)

# TODO: try a shorter prompt
PROMPT = "You are a home cook. Return JSON with three recipes for what you see."


def check_key(x_api_key):
    # only check if key is configured, makes local dev easier
    if BACKEND_KEY and x_api_key != BACKEND_KEY:
        raise HTTPException(status_code=401, detail="invalid api key")


async def ask_model(image_b64: str, extra: str) -> dict:
    payload = {
        "model": "gpt-4o-mini",
        "messages": [
            {"role": "system", "content": PROMPT},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": extra or "no extra wishes"},
                    {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{image_b64}"}},
                ],
            },
        ],
    }
    async with httpx.AsyncClient(timeout=None) as client:
        r = await client.post(
            "https://api.openai.com/v1/chat/completions",
            headers={"Authorization": f"Bearer {OPENAI_KEY}"},
            json=payload,
        )
        r.raise_for_status()
        usage = r.json().get("usage", {})
        print("tokens used:", usage.get("total_tokens"))
        return json.loads(r.json()["choices"][0]["message"]["content"])


@app.post("/api/recipes")
async def recipes_from_photo(
    photo: UploadFile = File(...),
    wishes: str = Form(""),
    x_api_key: str = Header(None),
):
    check_key(x_api_key)
    suffix = os.path.splitext(photo.filename or "")[1] or ".jpg"
    tmp = tempfile.NamedTemporaryFile(delete=False, suffix=suffix)
    tmp.write(await photo.read())
    tmp.close()
    try:
        with open(tmp.name, "rb") as fh:
            encoded = base64.b64encode(fh.read()).decode()
        result = await ask_model(encoded, wishes)
        os.unlink(tmp.name)
        return {"ok": True, "recipes": result}
    except httpx.HTTPStatusError as err:
        raise HTTPException(502, detail=f"model said: {err.response.text}")
    except Exception as e:
        traceback.print_exc()
        return JSONResponse(status_code=500, content={"ok": False, "error": str(e)})


@app.get("/debug/config")
def debug_config():
    # handy when the deploy misbehaves
    return {
        "env": ENV,
        "debug": DEBUG,
        "max_mb": MAX_MB,
        "openai_key": OPENAI_KEY,
    }


@app.get("/live")
def live():
    return {"ok": True}


if __name__ == "__main__":
    import uvicorn

    uvicorn.run("main:app", host="0.0.0.0", port=8000, reload=True)
