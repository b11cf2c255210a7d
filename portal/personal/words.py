"""The word lists by which names are told from other words."""


def _chars(text: str) -> frozenset[str]:
    """Return the characters of a list that is written in several lines."""
    return frozenset("".join(text.split()))


def _words(text: str, between: str | None = None) -> frozenset[str]:
    """Return the words of a list; `between` where blanks belong to them."""
    return frozenset(word.strip() for word in text.split(between))


#: Surnames that are seldom anything else.
SURNAMES = _chars("""
    王李张刘陈杨赵吴周徐孙朱胡郭何林罗郑梁谢宋唐许邓冯韩曹曾彭萧肖蔡潘田董袁余叶蒋杜苏魏程吕丁沈
    姚卢傅钟姜崔谭廖范汪陆金贾韦夏付邹熊孟秦邱侯江尹薛闫段雷史龙陶黎贺顾毛郝龚邵万钱严覃武戴莫孔
    汤葛邢俞翟庞聂殷齐裴焦翁凌霍柳阮洪柯颜卜芮茅缪宦虞嵇祁戚强恽巢匡盛承臧屠储符邬奚宗庄蔺耿詹鲍
    岳
""")
#: Surnames that are far more often another word: only with a title, and where a word begins.
ALSO_WORDS = _chars("""
    高黄马白方石安于和时向项车施管包水路华易谷常任平章明成全温文钮倪季游费戎桑
""")
#: Of these, the ones that join or point: never a name after 经理 or 司机.
JOINING = _chars("""
    和于时向常任平全成
""")
COMPOUND = _words("""
    欧阳 司马 上官 诸葛 皇甫 令狐 慕容 尉迟 公孙 夏侯 端木 司徒 南宫 长孙 宇文 轩辕 澹台 百里
""")
#: What given names are made of.
GIVEN = _chars("""
    伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂华建国志文玉兰红梅海燕春鹏辉斌波宇浩凯健俊帆雪
    荣爱琴凤洁玲琳素云莲珍贞莉玟璐琪雅晶妍茜秋珊莎锦黛青倩婷姣婉娴瑾颖露瑶怡婵雁蓓纨仪荷丹蓉眉君
    蕊薇菁梦岚苑婕馨瑗琰韵融园艺咏卿聪澜纯毓悦昭冰爽琬茗羽希宁欣飘育滢馥筠柔竹霭凝晓欢枫芸菲寒伊
    亚宜可姬舒影荔枝思毅峰力保东永林德祥福生龙元昌顺信子江成康星光天达安岩中茂进有坚和彪博诚先敬
    震振壮会群豪心邦承乐绍功松善厚庆民友裕河哲亮政谦亨奇固之轮翰朗伯宏言若鸣朋梁栋维启克伦翔旭泽
    晨辰士以树炎行时泰盛雄琛钧冠策腾楠榕风航弘根发财贵宝金银泉源洲清润淑惠慧贤良仁义礼智忠孝廉耀
    景学胜利全富长宗世立正方卫彤彩香花萍巧美佳嘉雨菊桃翠小大少丰喜旺水火土山石田木柱铁钢锁栓狗虎
    宽阳冬夏南西北汉升远鑫淼森焱垚洪济满叶娥妹女媛嫦妮双鹤鹰鸿雯霖霄靖韬颂飞骏骁魁魏齐龄仲季孟叔
    培尚尧岭峻崇崎川帅帝幼廷弟彦彬征得恒恩悟戈才拥捷敦斐斯新昆昊昕昱晋晟晖暄曙书曼月望朝权杉柏柯
    栗桐梓楚槐殿汀池沛沁沐沙泓泊洛津浦涵淇渊湘溪滨滔漫潇澄灿炜炳烁烨焕然煜熙照熹燊爵牧玄玖
""")
#: Of one character: only these stand alone after a frequent surname.
GIVEN_ALONE = _chars("""
    洋伟芳娜敏静丽强磊军勇艳杰娟涛超霞刚鹏辉斌波浩凯健俊燕玲琳婷颖倩雷峰亮林飞洁莉兵
""")
FREQUENT = _chars("""
    王李张刘陈杨赵吴周徐孙朱胡郭罗郑谢宋唐许邓冯韩曹彭蔡潘袁蒋魏吕沈姚
""")
TITLES = _words("""
    先生 女士 小姐 太太 师傅 师父 老师 老板娘 老板 总经理 副经理 经理 车间主任 副主任 主任
    副厂长 厂长 班长 组长 副队长 队长 科长 处长 局长 部长 副总 院长 校长 园长 站长 所长 店长
    馆长 行长 镇长 村长 书记 支书 会计 出纳 工程师 监理 主管 总监 董事长 医生 大夫 护士 教授
    律师 警官 阿姨 大爷 大妈 大姐 大哥 叔叔 奶奶 爷爷 同志 工头 船长 老总 某某 某
""")
#: Of one character: only directly after the surname, and not before these.
SHORT_TITLES = {
    "工": "人厂地业程作具资序种段件艺伤期时头友场商夹装会龄房单位学头",
    "总": "是共数会计量体部经裁之结面务局站管要在算归有",
    "哥": "特伦",
    "姐": "",
    "叔": "",
    "姨": "",
    "婶": "",
    "嫂": "",
    "爷": "",
    "队": "伍列员",
    "某": "些个种",
}
#: Before a name; what may stand between is in names.py.
BEFORE = _words("""
    姓名 名字 名叫 叫做 叫 联系人 负责人 法定代表人 法人代表 法人 老板 经理 厂长 主任 班长 组长
    队长 工头 安全员 监理 保安 司机 电工 焊工 工友 同事 工人 员工 业主 房东 房主 经办人 举报人
    本人 我是 他是 她是 那人是 邻居 会计 门卫 师傅 老乡 司炉 操作工 户主 车主 包工头 医生 老师
    村民 居民
""")
#: Before a name of which nothing else is known, so that any characters may be one.
SURELY_BEFORE = _words("""
    姓名 名字 名叫 叫做 叫
""")
#: A word can begin after these.
OPENERS = _chars("""
    找叫问和跟给是的让被由向请对把与了到说在去有见替帮同为及或也连但而因像告诉骂打，
""")
#: What goes on after a name.
GOERS = _chars("""
    说把在去来是从和让被没也还就已打拿带给叫的、，。；！？：等昨今前两不跟告要会往老自站亲一
""")
#: What is no part of a given name.
NEVER_GIVEN = _chars("""
    的了是在和我他你她它们这那个上下里外前后多也都就还很把被让给到从对与及等没不去来说人停车门啥
    什么谁过着做要能会想看有将为而但因所以其某每各干打
""")
#: Two characters that begin like a name and are none.
NOT_NAMES = _words("""
    金属 金额 金店 金融 金工 金库 江边 江苏 江南 江北 江水 江阴 龙门 龙头 龙虎 雷击 雷电 雷雨
    雷达 毛病 毛坯 毛竹 田地 田间 林地 林区 林业 林场 程序 程度 范围 苏打 苏州 苏南 苏北 苏锡
    武进 武汉 武术 武器 万一 万元 万达 万吨 万分 万能 夏天 夏季 夏日 秦岭 齐全 齐备 史无 严重
    严格 严禁 严肃 严密 严查 陆续 陆地 陆上 钱款 钱都 钱财 段时 段落 段路 余热 余下 余震 余量
    叶片 叶轮 杜绝 吕墅 丁字 丁烷 丁醇 许多 许可 许久 何时 何人 何况 何处 胡同 胡乱 宋代 唐突
    曾经 曾有 孔洞 孔径 汤锅 付款 付出 付钱 贺卡 顾客 顾问 顾虑 顾及 周围 周边 周末 周日 周一
    周二 周三 周四 周五 周六 周期 周转 周年 徐徐 孙子 孙女 朱红 谢谢 谢绝 罗列 罗溪 梁柱 梁板
    梁上 郑州 郑陆 常州 韩国 曹妃 彭胀 张贴 张开 张力 张家 陈旧 陈列 陈述 杨树 柳树 李子 王府
    王牌 黎明 邹区 傅家 沈阳 魏村 薛埠 尹村 孟河 姚观 强度 强行 强制 强迫 强烈 强酸 强光 强风
    强电 强碱 强降 宗旨 庄稼 庄园 凌晨 凌乱 凌空 洪水 洪涝 柳州 颜色 颜料 颜面 岳父 承重 承包
    承诺 承认 承担 承载 承压 承受 盛装 盛满 储存 储罐 储气 储油 储藏 储备 储运 储能 储物 储液
    符合 符号 屠宰 屠杀 齐腰 齐鲁 聂河 殷实 焦炭 焦化 焦油 焦味 焦急 焦糊 霍乱 匡算 宦官 翁牛
    齐心 耿耿 覃塘 翟家 巢穴 巢湖 武装 严防 严实 万块 万幸 莫名 莫非 戴着 戴手 戴安 戴帽 戴口
    戴好 戴上 戴头 戴面 戴防 盛夏 盛水 龙江 龙城 龙虾 熊猫 段长 江河 钟楼 钟头 钟点 金坛 金山
    金龙 金华 田园 夏利 夏装 雷声 林立 林荫 罗马 毛巾 毛毯 江海 江心 严令 史料 史上 孔子 苏联
    程控 高工 高级 高压 高温 高空 高层 高度 高处 高速 高铁 黄色 黄土 黄河 黄海 黄山 黄沙 黄金
    马路 马上 马达 马桶 白天 白色 白云 白酒 白板 白领 方便 方向 方面 方法 方式 方案 方形 方木
    石油 石灰 石子 石材 石头 石墨 石棉 石化 石膏 安全 安装 安检 安排 安保 安置 安监 安静 安徽
    于是 和平 和谐 时间 时候 时常 向上 向下 向前 项目 车间 车辆 车库 车位 车主 车牌 车队 车床
    车工 施工 施救 施压 管理 管道 管线 管路 管工 管家 管委 管网 包工 包括 包装 包庇 水工 水管
    水泵 水池 水电 水泥 水箱 水位 水利 水务 水质 路面 路边 路口 路灯 路政 华山 华东 易燃 易爆
    易碎 谷物 谷仓 常年 常常 常见 常用 常温 常压 常委 任何 任意 任务 任由 平台 平时 平房 平安
    平方 平常 平板 章程 明火 明显 明天 明明 明白 明知 明年 成本 成品 成型 成年 成分 全部 全体
    全是 全厂 全面 全员 温度 文明 文件 文化 温泉 季节 季度 游客 游泳 游乐 费用 费劲
""")
#: After a name: then it is that of a place, a firm or a brand.
NAMED_AFTER = _chars("""
    路街村镇巷桥厂店楼厦城湖湾县市省庄院馆站港乡岛区坝堂庙寺弄河浜塘坊学校
""")
NAMED_AFTER_LONG = _words("""
    公司 集团 大道 大厦 小区 花园 广场 超市 饭店 酒店 新村 大桥 工业 牌 故居 专卖 纪念 化工 机械
""")
#: Two given characters that are a word of their own.
NOT_GIVEN = _words("""
    文明 光明 安全 建设 平安 国家 中国 海洋 春天 明天 天天 大小 中心 大火 水火 山水 长江 东南
    西南 东北 西北 南北 东西 土石 石方 山石 小时 大时 星光 阳光 大学 学生 中学 小学 水力 火力
    风力 电力 正方 立方 大方 南方 北方 东方 西方 卫生 生前 花园 方正 生产 生活 金银 有利 方可
    不可 可以 以及 以北 以东 以南 以西 心全 全心 清洁 清明 春季 冬季 夏天 冬天 秋天 新月 安宁
    水平 正东 正南 正西 正北 子女
""")
FIRST_NAMES = _words("""
    james john robert michael william david richard joseph thomas charles christopher daniel
    matthew anthony mark donald steven paul andrew joshua kenneth kevin brian george edward
    ronald timothy jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin
    scott brandon benjamin samuel gregory frank alexander raymond patrick jack dennis jerry
    tyler aaron jose henry adam douglas nathan peter zachary kyle walter harold jeremy ethan
    carl keith roger gerald sean austin arthur noah lawrence jesse joe bryan billy mary patricia
    jennifer linda elizabeth barbara susan jessica sarah karen nancy lisa betty margaret sandra
    ashley kimberly emily donna michelle carol amanda dorothy melissa deborah stephanie rebecca
    sharon laura cynthia kathleen amy shirley angela helen anna brenda pamela nicole emma
    samantha katherine christine debra rachel carolyn janet catherine maria heather diane ruth
    julie olivia joyce virginia victoria kelly lauren christina joan evelyn judith megan andrea
    cheryl hannah jacqueline martha gloria teresa ann sara madison frances kathryn janice jean
    alice tom tony bob jim mike steve dave nick alex ben sam dan jane kate lucy sophie oliver
    harry simon martin neil ian graham colin stuart philip claire fiona hans klaus pierre ivan
    sergei ahmed mohammed ali omar
""")
#: Family names in pinyin, without those that are English words at the head of a sentence.
PINYIN_SURNAMES = _words("""
    wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin guo luo liang song
    zheng xie tang deng feng cao peng zeng xiao tian dong yuan pan cai jiang yu du ye cheng wei
    su lu ding ren shen yao zhong cui tan liao fan jin jia xia fu zou xiong bai meng qin qiu hou
    yin xue yan duan lei tao shi gu mao hao gong shao qian dai mo kong ouyang sima zhuang ge qi
    ma han hong qiao fang xi kang he pang niu lai weng
""")
_ONSETS = _words("""
    b p m f d t n l g k h j q x zh ch sh r z c s y w
""")
_RHYMES = _words("""
    a o e i u v ai ei ao ou an en ang eng ong ia ie iao iu ian in iang ing iong ua uo uai ui uan
    un uang ue ve
""")
SYLLABLES = frozenset(
    {onset + rhyme for onset in _ONSETS for rhyme in _RHYMES}
    | {"ai", "an", "ang", "e", "er", "ou", "ao"}
)
ENGLISH_TITLES = _words("""
    mr mrs ms miss mister dr prof sir madam uncle auntie aunt lao xiao master boss manager
    director supervisor foreman engineer captain inspector officer chairman teacher principal
    nurse doctor professor secretary headmaster worker guard driver colleague neighbour neighbor
    owner landlord welder electrician contractor
""")
#: With these a name is not asked whether it is one.
PERSONAL_TITLES = _words("""
    mr mrs ms miss mister dr prof uncle auntie aunt lao
""")
#: Capitals that are no names.
NOT_CAPITALS = _words("""
    monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december road street avenue district hall block
    building room gate floor house the a an and or in on at of for from to he she it they we i
    you this that these those there here then when where who what why how please china chinese
    english office general safety department company factory plant group limited school hospital
    hotel restaurant plaza park square tower centre center bridge village town city county
    province station market shop store garden river lake hill mountain fire gas water power line
""")
#: Two capitals that look like somebody and are a city, a firm or a make of car.
NOT_TOGETHER = _words(
    """
    hong kong|dong feng|yu tong|wan da|jiang ling|tai hu|
    huang he|zhong hua|jin long|jiang huai|chang an
    """,
    between="|",
)
#: After a name: then it is that of a place or a firm.
CAPITALS_AFTER = _words("""
    road street avenue district hall block building gate house office company factory plant
    group ltd limited school hospital hotel restaurant plaza park square tower centre center
    bridge village town city county province station market shop store garden river lake hill
    mountain university bank lane highway bus buses chemical chemicals steel textile textiles
    machinery electronics industrial logistics palace mall temple
""")
