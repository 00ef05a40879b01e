import logging

import pandas as pd
import streamlit as st

from book import auth, data, mailer

log = logging.getLogger("household")
st.title("Household book")

user = auth.login_form()
if user is None:
    st.stop()

tab_list, tab_import, tab_share = st.tabs(["Entries", "Import", "Share"])

with tab_list:
    word = st.text_input("Filter")
    frame = data.entries(user, word)
    st.dataframe(frame)
    total = frame["amount"].sum() if len(frame) else 0.0
    st.markdown(f"<h3>{total:,.2f} €</h3>", unsafe_allow_html=True)
    if word:
        st.write(f"Filtered by **{word}**")
        st.markdown("<em>" + word + "</em>: " + str(len(frame)) + " entries", unsafe_allow_html=True)

with tab_import:
    up = st.file_uploader("CSV from the bank", type=["csv"])
    if up is not None:
        try:
            n = data.import_csv(user, pd.read_csv(up, sep=";"))
            st.success(f"{n} entries imported")
        except (KeyError, ValueError):
            log.warning("import failed for user %s", user, exc_info=True)
            st.error("This does not look like an export of the bank.")

with tab_share:
    to = st.text_input("Mail address of your partner")
    if st.button("Send summary") and to:
        if mailer.allowed(user):
            mailer.send(to, data.summary(user))
            st.toast("sent")
        else:
            st.warning("Three mails a day are enough.")
