using System.Text;

namespace AuthSidecar.TestSupport.Fuzz;

/// <summary>Texts composed of typical input of attackers and clients, and of random characters.</summary>
internal static class Pieces
{
    public static T Pick<T>(this Random random, IReadOnlyList<T> of) => of[random.Next(of.Count)];

    /// <summary>True with probability 1/<paramref name="times"/>.</summary>
    public static bool Once(this Random random, int times) => random.Next(times) == 0;

    public static string Join(this Random random, IReadOnlyList<string> pieces, int most)
    {
        var text = new StringBuilder();
        for (var count = random.Next(most + 1); count > 0; count--)
        {
            text.Append(random.Once(8) ? ((char)random.Next(1, 256)).ToString() : random.Pick(pieces));
        }

        return text.ToString();
    }
}
