'use client';
import { useState } from 'react';

export function Login() {
  const [message, setMessage] = useState('');
  async function submit(data: FormData) {
    const answer = await fetch('/api/login', { method: 'POST', body: JSON.stringify(Object.fromEntries(data)) });
    if (answer.ok) location.reload();
    else setMessage('That was not right');
  }
  return (
    <form action={submit}>
      <input name="name" />
      <input name="passphrase" type="password" />
      <button>Log in</button>
      <p>{message}</p>
    </form>
  );
}
