import { createApp } from 'vue';
import Search from './components/Search.vue';

createApp(Search).mount('#app');
