import { CustomChart, HeatmapChart, LineChart, ParallelChart, ScatterChart } from 'echarts/charts';
import {
  AxisPointerComponent,
  GridComponent,
  MarkAreaComponent,
  ParallelComponent,
  TooltipComponent,
} from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([
  ScatterChart,
  LineChart,
  HeatmapChart,
  ParallelChart,
  CustomChart,
  GridComponent,
  TooltipComponent,
  MarkAreaComponent,
  AxisPointerComponent,
  ParallelComponent,
  CanvasRenderer,
]);

export { init };
