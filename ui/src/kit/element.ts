// The Element Plus components we use, by name, each with its own style sheet: what is not listed
// here is not in the bundle. Rules of thumb from measurement: never more than 20 of its selects on a
// screen (20 ms each), no ElTree (use ElTreeV2 or grid rows), years and months are native <select>,
// codes are chosen with the grid's own picker.
import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/el-config-provider.css'
import 'element-plus/theme-chalk/el-checkbox.css'
import 'element-plus/theme-chalk/el-date-picker.css'
import 'element-plus/theme-chalk/el-radio.css'
import 'element-plus/theme-chalk/el-radio-group.css'
import 'element-plus/theme-chalk/el-scrollbar.css'
import 'element-plus/theme-chalk/el-select.css'
import 'element-plus/theme-chalk/el-option.css'
import 'element-plus/theme-chalk/el-popper.css'
import 'element-plus/theme-chalk/el-tabs.css'
import 'element-plus/theme-chalk/el-tab-pane.css'
import 'element-plus/theme-chalk/el-tree.css'
import 'element-plus/theme-chalk/el-virtual-list.css'
import './element.css'

export {
  ElCheckbox, ElConfigProvider, ElDatePicker, ElOption, ElRadio, ElRadioGroup, ElSelect, ElTabPane, ElTabs, ElTreeV2,
} from 'element-plus'
export { default as elementZh } from 'element-plus/es/locale/lang/zh-cn.mjs'
