using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>
/// Expands the placeholders in braces for one run, and replaces the values by placeholders in failures, so that no failure shows a token.
/// </summary>
internal sealed partial class Vocabulary
{
    private readonly Dictionary<string, string> _words = [];

    public Vocabulary(SeedData seed, JwtSeedData jwts, JsonObject settings)
    {
        (SeedData, Jwts) = (seed, jwts);
        foreach (var (name, token) in jwts.Tokens)
        {
            _words[$"jwt.{name}"] = token;
        }

        foreach (var (name, caller) in jwts.Callers)
        {
            _words[$"jwt.{name}.id"] = caller.Subject;
        }

        _words["issuer.budgeted.id"] = $"{jwts.Issuer}/budgeted";
        var today = DateTime.UtcNow;
        _words["nextmonth.id"] = new DateOnly(today.Year, today.Month, 1)
            .AddMonths(1)
            .ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        foreach (var (name, id) in seed.UserIds)
        {
            _words[$"user.{name}.id"] = id;
        }

        foreach (var (name, key) in seed.Keys)
        {
            _words[$"key.{name}"] = key.Token;
            _words[$"key.{name}.id"] = key.Id;
        }

        var good = seed.Keys["good"].Token;
        _words["key.good.wrongsum"] = Tokens.WrongSum(good);
        _words["key.good.othersecret"] = Tokens.OtherSecret(good);
        _words["key.good.upper"] = good.ToUpperInvariant();
        _words["key.good.cut"] = good[..^1];
        _words["key.good.tail"] = good[4..];
        _words["key.good.encoded"] = Tokens.PercentEncoded(good);
        _words["token.unknown"] = Tokens.Make("ask", "Nobody000000", "00000000000000000000000000000000");
        _words["token.unknown.id"] = "Nobody000000";
        _words["token.aso"] = Tokens.Make("aso", "Nobody000001", "00000000000000000000000000000001");
        _words["token.ase"] = Tokens.Make("ase", "Nobody000002", "00000000000000000000000000000002");
        foreach (var (name, provider) in settings["Providers"]!.AsObject())
        {
            if (provider!["Credential"] is { } credential)
            {
                _words[$"central.{name}"] = credential.GetValue<string>();
            }
        }

        var mainSettings = CorpusFiles.Settings("main");
        _words["gateway.key"] = mainSettings["Delegation"]!["GatewayKeys"]![0]!.GetValue<string>();
        _words["gateway.old"] = mainSettings["Delegation"]!["GatewayKeys"]![1]!.GetValue<string>();
        _words["master"] = mainSettings["Auth"]!["MasterKey"]!.GetValue<string>();
    }

    public SeedData SeedData { get; }

    public JwtSeedData Jwts { get; }

    /// <summary>Placeholders whose value must never leave the sidecar, longest value first.</summary>
    public IEnumerable<string> Secrets =>
        _words
            .Where(word =>
                !word.Key.EndsWith(".id", StringComparison.Ordinal) && !word.Key.StartsWith("central.", StringComparison.Ordinal)
            )
            .Select(word => word.Value)
            .OrderByDescending(text => text.Length);

    public IEnumerable<string> CentralCredentials =>
        _words.Where(word => word.Key.StartsWith("central.", StringComparison.Ordinal)).Select(word => word.Value);

    /// <summary>The text with every placeholder expanded; <c>{decision}</c> stays.</summary>
    public string Resolve(string text) =>
        Bytes.Unescape(
            Word()
                .Replace(text, match => match.Groups["count"].Success
                        ? new string(match.Groups["character"].Value[0], int.Parse(match.Groups["count"].ValueSpan))
                    : match.Groups["name"].Value == "decision" ? match.Value
                    : _words[match.Groups["name"].Value])
        );

    public string Mask(string text)
    {
        foreach (var (name, value) in _words.OrderByDescending(word => word.Value.Length))
        {
            text = text.Replace(value, $"{{{name}}}", StringComparison.Ordinal);
        }

        return LongRun().Replace(text, match => $"{match.Value[0]}…×{match.Length}");
    }

    [GeneratedRegex(@"\{(?:repeat:(?<character>.):(?<count>\d+)|(?<name>[a-z][a-z0-9.]*))\}")]
    private static partial Regex Word();

    [GeneratedRegex(@"(.)\1{63,}")]
    private static partial Regex LongRun();
}
