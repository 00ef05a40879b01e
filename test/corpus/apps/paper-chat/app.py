import hmac
import os
import tempfile

import streamlit as st
from langchain_community.document_loaders import PyPDFLoader

from qa import Assistant, QuotaExceeded
from ui import bubble, badge

st.set_page_config(page_title="Paper chat", page_icon="📄")

APP_PASSWORD = os.getenv("APP_PASSWORD")


def gate() -> bool:
    if not APP_PASSWORD:
        return True
    if st.session_state.get("ok"):
        return True
    typed = st.text_input("Password", type="password")
    if typed == APP_PASSWORD:
        st.session_state["ok"] = True
        st.rerun()
    elif typed:
        st.error("Wrong password")
    return False


if not gate():
    st.stop()

st.markdown("<style>footer {visibility: hidden}</style>", unsafe_allow_html=True)


@st.cache_resource
def assistant() -> Assistant:
    return Assistant(api_key=os.environ["OPENAI_API_KEY"])


uploaded = st.file_uploader("PDF", type="pdf")
if uploaded:
    with tempfile.NamedTemporaryFile(delete=False, suffix=".pdf") as tmp:
        tmp.write(uploaded.getbuffer())
    pages = PyPDFLoader(tmp.name).load()
    assistant().index(pages)
    os.remove(tmp.name)
    st.success(f"{len(pages)} pages read")
    st.markdown(badge(uploaded.name), unsafe_allow_html=True)

for role, text in st.session_state.setdefault("log", []):
    st.markdown(bubble(role, text), unsafe_allow_html=True)

if question := st.chat_input("Ask the paper"):
    st.session_state.log.append(("you", question))
    try:
        with st.spinner("reading…"):
            answer = assistant().ask(question)
        st.session_state.log.append(("paper", answer))
    except QuotaExceeded:
        st.warning("Enough questions for today.")
    except Exception as e:
        st.error(f"Something broke: {e}")
        st.exception(e)
    st.rerun()

with st.sidebar:
    if st.checkbox("Show debug info"):
        st.json(dict(os.environ))
    st.caption("v0.3 – made on weekends")
