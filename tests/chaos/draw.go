package chaos

import (
	"math/rand/v2"
	"time"
)

// Weather says how often what is broken, as a factor; zero is never.
type Weather struct {
	Kills, Pauses, Links, Storage float64
	Only                          Kind // the one fault of links; "" = all
}

// anyWeather is what a seed brings: not always a bit of everything, but at times a lot of one thing.
func anyWeather(random *rand.Rand) Weather {
	factor := func() float64 { return []float64{0.3, 1, 1, 2}[random.IntN(4)] }
	return Weather{Kills: factor(), Pauses: factor(), Links: factor(), Storage: factor()}
}

// Draw makes the plan of a seed for a shop on an engine; a nil weather is the seed's own.
func Draw(seed uint64, engine string, storm time.Duration, weather *Weather) Plan {
	random := rand.New(rand.NewPCG(seed, uint64(len(engine))))
	drawn := anyWeather(random)
	if weather == nil {
		weather = &drawn
	}
	p := Plan{Seed: seed, Engine: engine, Storm: storm}
	lane := func(target string, every time.Duration, odds map[Kind]float64) {
		if l := drawLane(random, target, every, storm, odds); len(l.Steps) > 0 {
			p.Lanes = append(p.Lanes, l)
		}
	}
	often, seldom := time.Second, 4*time.Second
	for _, name := range []string{"pedidos", "inventario", "productos", "auth"} {
		every := often
		if name == "productos" || name == "auth" {
			every = seldom
		}
		for _, instance := range instances(engine, name) {
			lane(instance, every, map[Kind]float64{Kill: weather.Kills, Pause: weather.Pauses / 4})
		}
	}
	for n, from := range instances(engine, "pedidos") {
		to := instances(engine, "inventario")[n]
		lane(from+" → "+to, 2*often,
			weather.links(map[Kind]float64{Late: 3, Held: 0.5, Slow: 1, Trickle: 1, Cut: 3, Drop: 3, Hang: 1, Shut: 1}))
		lane(from+" → productos", seldom,
			weather.links(map[Kind]float64{Late: 1, Slow: 1, Trickle: 1, Cut: 1, Drop: 1, Hang: 1, Shut: 1}))
		if engine == Postgres {
			for _, client := range []string{from, to} {
				lane(client+" → postgres", seldom, scaled(weather.Storage, map[Kind]float64{Slow: 2, Cut: 2, Drop: 2, Hang: 1, Shut: 2}))
			}
		}
	}
	if engine == Postgres {
		lane("postgres", seldom, map[Kind]float64{Kill: weather.Kills})
	}
	return p
}

// instances: two of those that must share their work, where the database allows it.
func instances(engine, service string) []string {
	if engine == Postgres && (service == "pedidos" || service == "inventario") {
		return []string{service, service + "-2"}
	}
	return []string{service}
}

func (w Weather) links(odds map[Kind]float64) map[Kind]float64 {
	if w.Only != "" {
		odds = map[Kind]float64{w.Only: 1}
	}
	return scaled(w.Links, odds)
}

func scaled(factor float64, odds map[Kind]float64) map[Kind]float64 {
	total := 0.0
	for _, share := range odds {
		total += share
	}
	for kind := range odds {
		odds[kind] *= factor / total
	}
	return odds
}

// drawLane fills the time of the storm. odds add up to how often something happens, 1 being the pace of every.
func drawLane(random *rand.Rand, target string, every, storm time.Duration, odds map[Kind]float64) Lane {
	total := 0.0
	for _, kind := range Kinds() {
		total += odds[kind]
	}
	l := Lane{Target: target}
	if total == 0 {
		return l
	}
	for at := time.Duration(0); ; {
		s := Step{After: time.Duration(random.ExpFloat64() / total * float64(every))}
		pick := random.Float64() * total
		for _, kind := range Kinds() {
			if pick -= odds[kind]; pick < 0 {
				s.Kind = kind
				break
			}
		}
		s.draw(random)
		if at += s.After + s.For; at > storm || s.Kind == "" {
			return l
		}
		l.Steps = append(l.Steps, s)
	}
}

// draw decides how long and how badly.
func (s *Step) draw(random *rand.Rand) {
	between := func(low, high int) int { return low + random.IntN(high-low) }
	switch s.Kind {
	case Kill:
		s.For = time.Duration(between(0, 400)) * time.Millisecond
	case Pause, Hang:
		s.For = time.Duration(between(200, 2500)) * time.Millisecond
	case Shut:
		s.For = time.Duration(between(50, 800)) * time.Millisecond
	case Late:
		s.For = time.Duration(between(1000, 5000)) * time.Millisecond
	case Held: // an order gives up after 8 s; what is held arrives when the fault ends
		s.For = time.Duration(between(8500, 11000)) * time.Millisecond
	default:
		s.For = time.Duration(between(200, 1500)) * time.Millisecond
	}
	s.Size, s.Share = between(1, 3500), 0.2+0.7*random.Float64()
	switch s.Kind {
	case Cut:
		s.Size = between(0, 600)
	case Late: // pedidos retries after 3 s: the first request must still be on its way when the retry is answered
		s.Size = between(500, 7000)
	case Held:
		s.Size, s.Share = between(12000, 15000), 0.4+0.4*random.Float64()
	}
	s.For, s.After = s.For.Round(time.Millisecond), s.After.Round(time.Millisecond)
}
