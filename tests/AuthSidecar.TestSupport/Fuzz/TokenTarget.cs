using AuthSidecar.Access.Credentials;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.TestSupport.Corpus;

namespace AuthSidecar.TestSupport.Fuzz;

/// <summary>An accepted token has the documented format and checksum, and one wrong character makes it invalid.</summary>
internal sealed class TokenTarget : FuzzTarget
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly string[] _pieces =
    [
        "ask_",
        "aso_",
        "ase_",
        "pk_",
        "eyJ",
        "ASK_",
        "_",
        "__",
        ".",
        " ",
        "\t",
        "Bearer",
        "bearer ",
        "a",
        "Z",
        "0",
        ",",
        "\u00E9",
        "\0",
    ];

    public override string Name => "token";

    public override ValueTask TryAsync(Random random)
    {
        var token = Tokens.Make(random.Pick(["ask", "aso", "ase"]), random.GetString(Base62, 12), random.GetString(Base62, 32));
        Require(KeyToken.TryParse(token, out var parsed) && parsed.Id.SequenceEqual(token.AsSpan(4, 12)), "a right token is read", token);

        var index = random.Next(token.Length);
        var character = random.Once(4) ? (char)random.Next(1, 0x300) : Base62[random.Next(Base62.Length)];
        var changed = token[..index] + character + token[(index + 1)..];
        Require(changed == token || !KeyToken.TryParse(changed, out _), "one changed character is refused", changed);
        Require(
            !KeyToken.TryParse(token.Remove(index, 1), out _) && !KeyToken.TryParse(token.Insert(index, character.ToString()), out _),
            "another length is refused",
            token
        );

        var text = random.Once(3) ? random.Join([.. _pieces, token], 6) : random.Join(_pieces, 80);
        var isToken = KeyToken.TryParse(text, out _);
        Require(!isToken || text == Tokens.Make(text[..3], text[4..16], text[17..49]), "only the documented form is a token", text);
        Require(!isToken || TokenFamilies.Of(text) is TokenFamily.Ask or TokenFamily.Aso or TokenFamily.Ase, "a token has a family", text);

        // Other characters in a header make it ambiguous before it is parsed.
        var header = string.Concat(text.Where(character => character is (>= ' ' and <= '~') or '\t'));
        var words = header.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var bearer = words is [var scheme, var only] && scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) ? only : "";
        Require((BearerToken.Read(header) ?? "") == bearer, "Bearer and one word, or nothing", header);
        return default;
    }
}
