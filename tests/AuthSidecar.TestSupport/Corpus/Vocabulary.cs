using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>
/// Expands the placeholders in braces for one run, and replaces the values by placeholders in failures, so that no failure shows a token.
/// </summary>
internal sealed partial class Vocabulary
{
    private readonly Dictionary<string, string> _values = [];

    public Vocabulary(SeedData seed, JwtSeedData jwts, JsonObject settings)
    {
        (SeedData, Jwts) = (seed, jwts);
        foreach (var (name, token) in jwts.Tokens)
        {
            _values[$"jwt.{name}"] = token;
        }

        foreach (var (name, caller) in jwts.Callers)
        {
            _values[$"jwt.{name}.id"] = caller.Subject;
        }

        _values["jwt.expired.id"] = $"{jwts.Issuer}/accounts|alice";
        _values["jwt.revoked.id"] = $"{jwts.Issuer}/people|revoked";
        _values["issuer.budgeted.id"] = $"{jwts.Issuer}/budgeted";
        var today = DateTime.UtcNow;
        _values["nextmonth.id"] = new DateOnly(today.Year, today.Month, 1)
            .AddMonths(1)
            .ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        foreach (var (name, id) in seed.UserIds)
        {
            _values[$"user.{name}.id"] = id;
        }

        foreach (var (name, key) in seed.Keys)
        {
            _values[$"key.{name}"] = key.Token;
            _values[$"key.{name}.id"] = key.Id;
            if (key.Token.Split('_') is ["ask" or "aso" or "ase", _, _])
            {
                _values[$"key.{name}.othersecret"] = Tokens.OtherSecret(key.Token);
            }
        }

        var good = seed.Keys["good"].Token;
        _values["key.good.wrongsum"] = Tokens.WrongSum(good);
        _values["key.good.upper"] = good.ToUpperInvariant();
        _values["key.good.cut"] = good[..^1];
        _values["key.good.tail"] = good[4..];
        _values["key.good.encoded"] = Tokens.PercentEncoded(good);
        _values["token.unknown"] = Tokens.Make("ask", "Nobody000000", "00000000000000000000000000000000");
        _values["token.unknown.id"] = "Nobody000000";
        _values["token.aso"] = Tokens.Make("aso", "Nobody000001", "00000000000000000000000000000001");
        _values["token.ase"] = Tokens.Make("ase", "Nobody000002", "00000000000000000000000000000002");
        foreach (var (name, provider) in settings["Providers"]!.AsObject())
        {
            if (provider!["Credential"] is { } credential)
            {
                _values[$"central.{name}"] = credential.GetValue<string>();
            }
        }

        var mainSettings = CorpusFiles.Settings("main");
        _values["gateway.key"] = mainSettings["Delegation"]!["GatewayKeys"]![0]!.GetValue<string>();
        _values["gateway.old"] = mainSettings["Delegation"]!["GatewayKeys"]![1]!.GetValue<string>();
        _values["master"] = mainSettings["Auth"]!["MasterKey"]!.GetValue<string>();
    }

    public SeedData SeedData { get; }

    public JwtSeedData Jwts { get; }

    /// <summary>Placeholders whose value must never leave the sidecar, longest value first.</summary>
    public IEnumerable<string> Secrets =>
        _values
            .Where(entry =>
                !entry.Key.EndsWith(".id", StringComparison.Ordinal) && !entry.Key.StartsWith("central.", StringComparison.Ordinal)
            )
            .Select(entry => entry.Value)
            .OrderByDescending(text => text.Length);

    public IEnumerable<string> CentralCredentials =>
        _values.Where(entry => entry.Key.StartsWith("central.", StringComparison.Ordinal)).Select(entry => entry.Value);

    /// <summary>The text with every placeholder expanded; <c>{decision}</c> stays.</summary>
    public string Resolve(string text) =>
        Bytes.Unescape(
            Placeholder()
                .Replace(text, match => match.Groups["count"].Success
                        ? new string(match.Groups["character"].Value[0], int.Parse(match.Groups["count"].ValueSpan))
                    : match.Groups["name"].Value == "decision" ? match.Value
                    : _values[match.Groups["name"].Value])
        );

    public string Mask(string text)
    {
        foreach (var (name, value) in _values.OrderByDescending(entry => entry.Value.Length))
        {
            text = text.Replace(value, $"{{{name}}}", StringComparison.Ordinal);
        }

        return LongRun().Replace(text, match => $"{match.Value[0]}…×{match.Length}");
    }

    [GeneratedRegex(@"\{(?:repeat:(?<character>.):(?<count>\d+)|(?<name>[a-z][a-z0-9.]*))\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"(.)\1{63,}")]
    private static partial Regex LongRun();
}
