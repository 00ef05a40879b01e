'use strict';
const KEY = 'habits-v2';
const PUSH_PUBLIC = 'BEl62iUYgUivxIkv69yViEuiBIa40HI80NM9FnpZbM2q';

const Store = {
  read() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) || [];
    } catch (err) {
      return [];
    }
  },
  write(habits) {
    localStorage.setItem(KEY, JSON.stringify(habits));
  },
  token() {
    return sessionStorage.getItem('token') || '';
  },
};
