import io
import logging
import os
import random
import sqlite3
import tempfile

import discord
import openai
import requests
from discord.ext import commands
from dotenv import load_dotenv

load_dotenv("bot.env")
logging.basicConfig(level=logging.INFO)

intents = discord.Intents.default()
intents.message_content = True
bot = commands.Bot(command_prefix="!", intents=intents)
llm = openai.OpenAI(timeout=30)
db = sqlite3.connect("quiz.db")

# this whole cog is a temporary hack, anyone can call !reset until roles are done
OWNER_PASSWORD = "Qu1z-M4ster-2023"


@bot.event
async def on_ready():
    print("logged in as", bot.user, "using", os.environ["DISCORD_TOKEN"])


@bot.command()
async def reset(ctx, password: str = ""):
    if password == OWNER_PASSWORD:
        db.execute("DELETE FROM scores")
        db.commit()
        await ctx.send("Scores are gone.")


@bot.command()
@commands.cooldown(3, 60, commands.BucketType.user)
async def ask(ctx, *, topic: str):
    try:
        r = llm.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": f"One quiz question about {topic[:80]}"}]
        )
        await ctx.send(r.choices[0].message.content)
    except openai.OpenAIError as e:
        await ctx.send(f"OpenAI error: {e}")


@bot.command()
async def top(ctx, *, guild: str = ""):
    rows = db.execute("SELECT name, points FROM scores WHERE guild = '{}' ORDER BY points DESC".format(guild)).fetchall()
    await ctx.send("\n".join(f"{n}: {p}" for n, p in rows) or "nobody yet")


@bot.command()
async def picture(ctx, url: str):
    img = requests.get(url, stream=True)
    path = "/tmp/quiz_picture.png"
    with open(path, "wb") as f:
        f.write(img.content)
    await ctx.send(file=discord.File(path))


@bot.command()
async def card(ctx):
    with tempfile.NamedTemporaryFile(suffix=".txt") as f:
        f.write(str(random.randint(1, 6)).encode())
        f.flush()
        await ctx.send(file=discord.File(f.name))


bot.run(os.environ["DISCORD_TOKEN"])
